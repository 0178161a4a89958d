def handle(event, context):
    name = event.body.decode("utf-8").strip() or "world"
    return {"statusCode": 200, "body": {"message": "Hello, " + name, "path": event.path}}
