// Serves the function: of-watchdog starts this program once, and passes every call on to it.
"use strict";

const http = require("node:http");
const { Context } = require("./entry/context.js");
const { eventOf, Refused } = require("./entry/event.js");
const { send, sendError } = require("./entry/answer.js");

const loaded = require("./function/handler.js");
const handler = typeof loaded === "function" ? loaded : loaded.default;
if (typeof handler !== "function") throw new TypeError("function/handler.js exports no function");

// The answer is what the handler returns or promises, unless it has answered by its context or by the callback before. One that takes a
// callback and returns nothing will answer later.
function call(event, context) {
  return new Promise((resolve, reject) => {
    context.onAnswer(resolve);
    const callback = (error, value) => (error ? context.fail(error) : context.succeed(value));
    const returned = handler(event, context, callback);
    if (returned !== undefined || handler.length < 3) Promise.resolve(returned).then((value) => context.succeed(value), reject);
  });
}

async function answer(request, response) {
  const context = new Context();
  try {
    const value = await call(await eventOf(request), context);
    send(response, context, value);
  } catch (error) {
    if (error instanceof Refused) return sendError(response, error.status, error.message);
    // Why it failed is for those who read the log, not for the caller.
    console.error(error);
    sendError(response, 500, "the function failed");
  }
}

const server = http.createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0, maxHeaderSize: 1 << 20 }, (request, response) => {
  answer(request, response).catch((error) => {
    if (error.code !== "ECONNRESET") console.error(error);
    response.destroy();
  });
});
server.listen({ port: 3000, host: "127.0.0.1", backlog: 512 });

// The watchdog sends SIGTERM when no call is in flight any more.
process.on("SIGTERM", () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
