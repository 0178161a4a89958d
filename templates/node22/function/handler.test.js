"use strict";

const assert = require("node:assert");
const test = require("node:test");
const handler = require("./handler.js");

class Context {
  status(code) {
    this.code = code;
    return this;
  }

  succeed(value) {
    this.value = value;
  }
}

test("tells what it was sent", async () => {
  const context = new Context();
  await handler({ body: { name: "Ada" }, headers: { "content-type": "application/json" } }, context);
  assert.strictEqual(context.code, 200);
  assert.deepStrictEqual(context.value, { body: '{"name":"Ada"}', "content-type": "application/json" });
});
