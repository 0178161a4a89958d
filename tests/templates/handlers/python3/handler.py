import os


def handle(req):
    path = os.environ["Http_Path"]
    if path.startswith("/seen"):
        return "".join(os.environ.get("Http_" + name, "") + "\n" for name in ("Method", "Path", "Query", "X_Mine"))
    if path == "/fails":
        innermost()
    if path == "/greets":
        import greeting
        return greeting.hello()
    if path == "/held":
        with open(os.environ["Http_Query"]) as gate:
            gate.readline()
    return req


def innermost():
    raise RuntimeError("no such luck")
