import types
import unittest

from function.handler import handle


class HandlerTest(unittest.TestCase):
    def test_greets(self):
        answer = handle(types.SimpleNamespace(body=b"Ada\n", path="/greet"), None)
        self.assertEqual(answer, {"statusCode": 200, "body": {"message": "Hello, Ada", "path": "/greet"}})

    def test_greets_the_world(self):
        answer = handle(types.SimpleNamespace(body=b"", path="/"), None)
        self.assertEqual(answer["body"]["message"], "Hello, world")
