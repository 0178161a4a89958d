import json

from . import returns


def handle(event, context):
    if event.path.startswith("/seen"):
        query = {name: event.query.getlist(name) for name in event.query}
        return {"statusCode": 200, "body": {"method": event.method, "path": event.path, "query": query, "field": event.headers.get("x-mine")}}
    if event.path == "/json":
        return {"body": json.loads(event.body)}
    if event.path == "/status":
        return {"statusCode": 201, "headers": {"X-Mine": "yes"}, "body": "made"}
    if event.path == "/fails":
        innermost()
    if event.path.startswith("/returns/"):
        return getattr(returns, event.path[len("/returns/"):])(event)
    if event.path == "/greets":
        import greeting
        return greeting.hello()
    if event.path == "/held":
        with open(next(iter(event.query))) as gate:
            gate.readline()
        return "went on"
    return {"body": event.body, "headers": {"Content-Type": "application/octet-stream"}}


def innermost():
    raise RuntimeError("no such luck")
