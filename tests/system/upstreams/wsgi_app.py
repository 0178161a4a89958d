"""A Flask application, served by gunicorn or waitress."""
import hashlib

import flask

app = flask.Flask(__name__)
BLOCK = bytes(range(256)) * 256


@app.post("/echo")
def echo():
    return flask.Response(flask.request.get_data(), mimetype="application/octet-stream")


@app.post("/sum")
def checksum():
    digest = hashlib.sha256()
    while piece := flask.request.stream.read(65536):
        digest.update(piece)
    return digest.hexdigest()


@app.get("/download")
def download():
    size = int(flask.request.args["size"])

    def pieces(left):
        while left > 0:
            yield BLOCK[:left]
            left -= len(BLOCK)
    return flask.Response(pieces(size), headers={"Content-Length": str(size)}, mimetype="application/octet-stream")


@app.get("/events")
def events():
    return flask.Response(("data: %d\n\n" % number for number in range(5)), mimetype="text/event-stream")


@app.get("/seen")
def seen():
    return flask.jsonify(path=flask.request.path, query=flask.request.query_string.decode(), host=flask.request.host, fields=list(flask.request.headers))


@app.get("/fails")
def fails():
    raise RuntimeError("on purpose")
