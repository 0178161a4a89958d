"""Serves the function: of-watchdog starts this program once, and passes every call on to it."""
from entry import server
from entry.calls import Calls
from function.handler import handle

if __name__ == "__main__":
    server.serve(("127.0.0.1", 5000), Calls(handle))
