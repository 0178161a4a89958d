import unittest

from function.handler import handle


class Event:
    body = b""
    headers = {}
    method = "GET"
    query = {}
    path = "/"


class HandlerTest(unittest.TestCase):
    def test_greets(self):
        answer = handle(Event(), None)
        self.assertEqual((answer["statusCode"], answer["body"]), (200, "Hello from OpenFaaS!"))


if __name__ == "__main__":
    unittest.main()
