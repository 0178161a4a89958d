// Turns what a handler gave into an answer.
"use strict";

const FRAMING = new Set(["content-length", "transfer-encoding", "connection"]);

/// Bytes and text go out as they are, everything else as JSON. A status or header that is none throws before anything is sent.
function send(response, context, value) {
  const [type, body] = content(value);
  for (const [name, given] of Object.entries(context.headers())) {
    if (!FRAMING.has(name.toLowerCase()) && given !== undefined) response.setHeader(name, given);
  }
  if (type && !response.hasHeader("Content-Type")) response.setHeader("Content-Type", type);
  response.statusCode = statusOf(context.status());
  if (response.statusCode !== 204 && response.statusCode !== 304) response.setHeader("Content-Length", body.length);
  response.end(body);
}

function content(value) {
  if (value === undefined || value === null) return [null, Buffer.alloc(0)];
  if (typeof value === "string") return ["text/html; charset=utf-8", Buffer.from(value)];
  if (value instanceof Uint8Array) return ["application/octet-stream", value];
  return ["application/json; charset=utf-8", Buffer.from(JSON.stringify(value) ?? "")];
}

function statusOf(given) {
  const status = Number(given);
  if (!Number.isInteger(status) || status < 200 || status > 999) throw new RangeError(`${given} is no status of an answer`);
  return status;
}

function sendError(response, status, message) {
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  const body = JSON.stringify({ error: message }) + "\n";
  response.writeHead(status, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) });
  response.end(body);
}

module.exports = { send, sendError };
