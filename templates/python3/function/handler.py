def handle(req):
    """The body of the request is text, and so is the answer."""
    return req
