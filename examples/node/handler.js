"use strict";

/// The function. `request` has method, url, headers and body (a Buffer); the result has status, headers and body.
module.exports = async (request) => {
  const name = request.body.toString("utf8").trim() || "world";
  return {
    status: 200,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ message: `Hello, ${name}`, path: request.url }) + "\n",
  };
};
