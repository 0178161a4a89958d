"""A WebSocket server (python3-websockets): websocket_server.py PORT. Echoes; `close` makes it close with a code and a reason."""
import asyncio
import sys

import websockets


async def serve_one(connection, *_):
    async for message in connection:
        if message == "close":
            await connection.close(4001, "as asked")
        elif message == "many":
            for number in range(1000):
                await connection.send("message %d" % number)
        else:
            await connection.send(message)


async def main():
    async with websockets.serve(serve_one, "127.0.0.1", int(sys.argv[1]), max_size=None, subprotocols=["chat"]):
        await asyncio.Future()


asyncio.run(main())
