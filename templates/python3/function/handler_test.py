import unittest

from function.handler import handle


class HandlerTest(unittest.TestCase):
    def test_returns_what_it_gets(self):
        self.assertEqual(handle("hello"), "hello")


if __name__ == "__main__":
    unittest.main()
