// What the handler is told of a request.
"use strict";

const querystring = require("node:querystring");

/// A request that the handler never sees.
class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/// { body, headers, method, query, path }. The body is what its type says: JSON is parsed, a form is an object, text is a string; any
/// other is a Buffer, and with RAW_BODY=true every one is.
async function eventOf(request) {
  const at = request.url.indexOf("?");
  const path = at < 0 ? request.url : request.url.slice(0, at);
  const query = { ...querystring.parse(at < 0 ? "" : request.url.slice(at + 1)) };
  const body = bodyOf(request.headers["content-type"], await read(request));
  return { body, headers: request.headers, method: request.method, query, path };
}

async function read(request) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  return Buffer.concat(pieces);
}

function bodyOf(contentType, bytes) {
  if (process.env.RAW_BODY === "true") return limited(bytes, "MAX_RAW_SIZE");
  if (!contentType && bytes.length === 0) return {};
  const type = (contentType ?? "text/plain").split(";")[0].trim().toLowerCase();
  if (type === "application/json" || type.endsWith("+json")) return parsed(limited(bytes, "MAX_JSON_SIZE"));
  if (type === "application/x-www-form-urlencoded") return { ...querystring.parse(limited(bytes, "MAX_JSON_SIZE").toString()) };
  return type.startsWith("text/") ? limited(bytes, "MAX_RAW_SIZE").toString() : limited(bytes, "MAX_RAW_SIZE");
}

function parsed(bytes) {
  if (bytes.length === 0) return {};
  try {
    return JSON.parse(bytes.toString());
  } catch {
    throw new Refused(400, "the body is no JSON");
  }
}

const UNITS = { b: 1, kb: 1 << 10, mb: 1 << 20, gb: 1 << 30 };

/// The limit of that variable is a number of bytes, also written as 500kb or 10mb; without it only the watchdog's limits count.
function limited(bytes, variable) {
  const [, number, unit] = /^\s*([\d.]+)\s*([kmg]?b)?\s*$/i.exec(process.env[variable] ?? "") ?? [];
  if (number && bytes.length > Number(number) * UNITS[(unit ?? "b").toLowerCase()]) {
    throw new Refused(413, "the body is too large");
  }
  return bytes;
}

module.exports = { eventOf, Refused };
