// Every way in which a handler may answer, and some in which it may not.
"use strict";

exports.promise = async () => "text";
exports.plain = () => "text";
exports.nothing = async () => undefined;
exports.object = async () => ({ a: [1] });
exports.list = async () => [1, "2"];
exports.number = async () => 42;
exports.bytes = async () => Buffer.from([255, 0]);
exports.callback = (event, context, callback) => void setTimeout(() => callback(null, { by: "callback" }), 10);
exports.callbackError = (event, context, callback) => void setTimeout(() => callback(new Error("told to the caller")), 10);
exports.context = (event, context) => void setTimeout(() => context.status(202).succeed("later"), 10);
exports.fail = async (event, context) => context.fail("told to the caller");
exports.failStatus = async (event, context) => context.status(422).fail({ field: "name" });
exports.twice = async (event, context) => {
  context.succeed("first");
  context.succeed("second");
  return "third";
};
exports.headers = async (event, context) =>
  context.headers({ "Content-Type": "text/css", "Set-Cookie": ["a=1", "b=2"], "content-length": "1", "X-Number": 7 }).succeed("p {}");
exports.noContent = async (event, context) => context.status(204).succeed();
exports.rejected = () => Promise.reject(new Error("no such luck"));
exports.thrown = () => {
  throw new Error("no such luck");
};
exports.thrownText = async () => {
  throw "no such luck";
};
exports.badStatus = async (event, context) => context.status(99).succeed("x");
exports.splitHeader = async (event, context) => context.headers({ "X-Mine": "a\r\nX-Other: b" }).succeed("x");
exports.cycle = async () => {
  const cycle = {};
  cycle.cycle = cycle;
  return cycle;
};
exports.body = async (event) => ({ type: Buffer.isBuffer(event.body) ? "buffer" : typeof event.body, body: String(event.body), value: event.body });
exports.query = async (event) => event.query;
