// By which a handler chooses status and headers, and may answer.
"use strict";

class Context {
  #status = 200;
  #headers = {};
  #answered = false;
  #resolve = () => {};

  /// Called once, with the first answer.
  onAnswer(resolve) {
    this.#resolve = resolve;
  }

  /// Sets the status and returns the context; without an argument it returns the status.
  status(code) {
    if (code === undefined) return this.#status;
    this.#status = code;
    return this;
  }

  /// Likewise. A list of values is a header for each of them.
  headers(fields) {
    if (fields === undefined) return this.#headers;
    this.#headers = fields;
    return this;
  }

  succeed(value) {
    return this.#answer(value);
  }

  /// The value is the answer, with the status 500 where none of an error was set. It is logged, too.
  fail(value) {
    if (Number(this.#status) < 400) this.#status = 500;
    console.error(value);
    return this.#answer(value instanceof Error ? String(value) : value);
  }

  #answer(value) {
    if (!this.#answered) {
      this.#answered = true;
      this.#resolve(value);
    }
  }
}

module.exports = { Context };
