// The server that of-watchdog starts once and passes every call on to. What a call means is in handler.js.
"use strict";

const http = require("node:http");
const handler = require("./handler.js");

const port = Number(process.env.http_port || 3000);

async function readBody(request) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function answer(request, response) {
  const { method, url, headers } = request;
  const result = await handler({ method, url, headers, body: await readBody(request) });
  const body = Buffer.from(result.body ?? "");
  response.writeHead(result.status ?? 200, { "Content-Length": body.length, ...result.headers });
  response.end(body);
}

const server = http.createServer((request, response) => {
  answer(request, response).catch((error) => {
    console.error(error);
    if (response.headersSent) response.destroy();
    else response.writeHead(500).end();
  });
});

server.keepAliveTimeout = 0; // the watchdog keeps its idle connections for 90 s and closes them itself
server.listen(port, "127.0.0.1", () => console.log(`listening on ${port}`));

// The watchdog sends SIGTERM when no call is in flight any more.
process.on("SIGTERM", () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
