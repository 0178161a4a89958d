"use strict";

const fs = require("node:fs/promises");

const returns = require("./returns.js");

// With three parameters, as an answer may also come by the callback.
module.exports = (event, context, callback) => {
  const [, first, name] = event.path.split("/");
  return first === "returns" ? returns[name](event, context, callback) : answer(event, context);
};

async function answer(event, context) {
  if (event.path.startsWith("/seen")) {
    const query = Object.fromEntries(Object.entries(event.query).map(([name, value]) => [name, [].concat(value)]));
    return { method: event.method, path: event.path, query, field: event.headers["x-mine"] };
  }
  if (event.path === "/json") return event.body;
  if (event.path === "/status") return context.status(201).headers({ "X-Mine": "yes" }).succeed("made");
  if (event.path === "/fails") innermost();
  if (event.path === "/greets") return require("greeting").hello();
  if (event.path === "/held") {
    await fs.readFile(Object.keys(event.query)[0]);
    return "went on";
  }
  const body = Buffer.isBuffer(event.body) || typeof event.body === "string" ? event.body : "";
  return context.headers({ "Content-Type": "application/octet-stream" }).succeed(body);
}

function innermost() {
  throw new Error("no such luck");
}
