import os

if "LOADED" in os.environ:
    with open(os.environ["LOADED"], "a") as file:
        print(os.getpid(), file=file)


def handle(req):
    path = os.environ.get("Http_Path")
    if path is None:
        return "%s by %d" % (req, os.getpid())
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
