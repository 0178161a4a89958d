"""Everything that a handler may return, and some that it may not."""


def nothing(event):
    return None


def text(event):
    return "gr\u00fc\u00dfe"


def bytes_(event):
    return b"\xff\x00"


def body_of_bytes(event):
    return {"body": b"\xff\x00"}


def body_of_dict(event):
    return {"statusCode": 202, "body": {"a": [1]}, "headers": {"X-Many": ["1", "2"]}}


def body_of_number(event):
    return {"body": 42}


def no_body(event):
    return {"statusCode": 204}


def pairs(event):
    return {"body": "<p>", "headers": [("Content-Type", "text/css"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]}


def plain_dict(event):
    return {"message": "hi"}


def pair(event):
    return "missing", 404


def triple(event):
    return {"error": "x"}, "409 Conflict", {"X-Mine": "yes"}


def body_and_headers(event):
    return "a,b", {"Content-Type": "text/csv"}


def pieces(event):
    return ("%d\n" % number for number in range(3))


def broken_pieces(event):
    yield "first\n"
    raise RuntimeError("no such luck")


def number(event):
    return 42


def split_header(event):
    return {"headers": {"X-Mine": "a\r\nX-Other: b"}}


def no_status(event):
    return {"statusCode": 99}


def event_parts(event):
    query, headers = event.query, event.headers
    return {"body": {
        "first": query["a"], "all": query.getlist("a"), "number": query.get("a", type=int), "none": query.get("b", "no"), "bad": query.get("c", 7, type=int),
        "flat": query.to_dict(), "deep": query.to_dict(flat=False), "is_bytes": isinstance(event.body, bytes),
        "joined": headers["x-twice"], "twice": headers.getlist("X-TWICE"), "has": "x-tWice" in headers, "lost": headers.get("x-lost"),
        "pairs": dict(headers)["X-Twice"], "path": event.path}}


def response(event):
    import flask
    return flask.Response("made by Flask", 418, {"X-Mine": "yes"}, mimetype="text/plain")


def jsonified(event):
    import flask
    answer = flask.jsonify(path=flask.request.path, args=flask.request.args.getlist("a"))
    answer.set_cookie("a", "1")
    answer.set_cookie("b", "2")
    return answer, 201


def streamed(event):
    import flask
    return flask.Response(flask.stream_with_context(flask.request.args[name] for name in ("a", "c")))


def flasks_body(event):
    import flask
    return flask.request.get_data() + flask.request.path.encode()


def redirected(event):
    import flask
    return flask.redirect("/elsewhere")
