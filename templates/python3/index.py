"""Runs the function: of-watchdog starts this program for each call, with the body on stdin."""
import sys

from function.handler import handle

# Bytes that are no UTF-8 survive the way through text and back.
text = {"encoding": "utf-8", "errors": "surrogateescape", "newline": ""}
sys.stdin.reconfigure(**text)
sys.stdout.reconfigure(**text)

if __name__ == "__main__":
    result = handle(sys.stdin.read())
    if isinstance(result, (bytes, bytearray)):
        sys.stdout.flush()
        sys.stdout.buffer.write(result)
    elif result is not None:
        sys.stdout.write(str(result))
