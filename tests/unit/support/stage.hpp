/// Stage: an HTTP server whose handler is the test's.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/http_server.hpp"
#include "http/request_body.hpp"
#include "http/server_connection.hpp"
#include "support/caller.hpp"
#include "support/sockets.hpp"

namespace fwatchdog::test {

class Stage final : public Handler {
 public:
  /// What the handler does. Free functions: coroutines must not capture.
  using Behaviour = Task<void> (*)(Stage& stage, Request& request, ResponseWriter& response);

  Stage(Loop& loop_in, Behaviour behaviour, const ServerLimits& limits = ServerLimits())
      : loop(loop_in),
        gate(loop_in),
        server(loop_in, *this, limits,
               [this](std::string_view limit, const Request&, Nanoseconds) { reports.emplace_back(limit); }),
        behaviour_(behaviour),
        connections_(loop_in),
        guard_(loop_in, [this] {
          FAIL_CHECK("a connection did not end");
          server.abort();
          gate.set();
        }) {
    guard_.start(2 * kBound);
  }

  Task<void> handle(Request& request, ResponseWriter& response) override {
    ++calls;
    ++running;
    co_await behaviour_(*this, request, response);
    reason = request.cancel->reason();
    --running;
  }

  /// A new connection, served at once.
  std::unique_ptr<Caller> call(SocketPair pair) {
    connections_.spawn(serve(std::move(pair.server)));
    return std::make_unique<Caller>(loop, std::move(pair.caller));
  }
  std::unique_ptr<Caller> call() { return call(unix_pair()); }
  std::unique_ptr<Caller> call_tcp() { return call(tcp_pair()); }

  std::size_t open_connections() const { return connections_.running(); }
  /// Waits for the end of all connections.
  Task<void> join() { co_await connections_.join(); }

  Loop& loop;
  Event gate;                                ///< for handlers that wait for the test; for one at a time
  std::size_t calls = 0;                     ///< of the handler
  std::size_t running = 0;                   ///< of them
  CancelReason reason = CancelReason::none;  ///< of the last call that ended
  std::vector<std::string> notes;            ///< what handlers saw
  std::vector<std::string> reports;          ///< of limits
  int server_socket = -1;                    ///< where a test reaches behind the server's back
  HttpServer server;

 private:
  Task<void> serve(Fd socket) {
    ServerConnection connection(server, std::move(socket));
    co_await connection.serve();
  }

  Behaviour behaviour_;
  TaskScope connections_;
  Timer guard_;  // no test waits for ever
};

/// Runs `test` on a loop and a stage of its own; then the connections must end, and the loop be without handles.
inline void play(Stage::Behaviour behaviour, Task<void> (*test)(Stage&), const ServerLimits& limits = ServerLimits()) {
  Loop loop;
  Stage stage(loop, behaviour, limits);
  struct Run {
    static Task<void> all(Stage& stage, Task<void> (*test)(Stage&)) {
      co_await test(stage);
      co_await stage.join();
    }
  };
  loop.run(Run::all(stage, test));
  CHECK(stage.running == 0);
}

// --- behaviours

/// Waits for the end that the server, the caller or a limit asks for.
inline Task<void> await_cancel(Stage& stage, Request& request) {
  Event asked(stage.loop);
  CancelHook hook(request.token(), [&asked] { asked.set(); });
  co_await asked.wait();
}

/// The whole body, or its error.
inline Task<Result<std::string>> whole_body(Request& request) {
  std::string body;
  for (;;) {
    Result<std::string_view> piece = co_await request.body->read();
    if (!piece.ok()) co_return piece.error();
    if (piece->empty()) co_return body;
    body += *piece;
  }
}

/// Answers `<method> <target> <body>`; a broken body with its status and error.
inline Task<void> tell(Stage&, Request& request, ResponseWriter& response) {
  Result<std::string> body = co_await whole_body(request);
  std::string text;
  if (body.ok()) {
    text.append(request.method).append(" ").append(request.raw_target).append(" ").append(*body);
  } else {
    response.set_status(status_of_body_error(body.error()));
    text = body.error().text();
  }
  (void)co_await response.send(text);
}

// --- what goes over the wire

/// `text` without the value of its Date fields, each of which must look like one.
inline std::string without_dates(std::string text) {
  for (std::size_t at = text.find("\r\nDate: "); at != std::string::npos; at = text.find("\r\nDate: ", at + 2)) {
    CHECK(text.substr(at + 33, 6) == " GMT\r\n");
    text.erase(at, 37);
  }
  return text;
}

/// What `tell` answers to a request, without its date.
inline std::string told(std::string_view text, std::string_view connection = {}, int minor_version = 1) {
  return "HTTP/1." + std::to_string(minor_version) +
         " 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: " + std::to_string(text.size()) + "\r\n" +
         (connection.empty() ? "" : "Connection: " + std::string(connection) + "\r\n") + "\r\n" + std::string(text);
}

/// What the server itself answers to a message that it refuses, without its date.
inline std::string refused(std::string_view line, std::string_view body) {
  return "HTTP/1.1 " + std::string(line) +
         "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nConnection: close\r\n\r\n" + std::string(body);
}
inline std::string refused(std::string_view line) { return refused(line, line); }

enum class Pace { at_once, bytewise };

/// One connection on which `sent` is sent, and then no more: everything that comes back.
struct Exchange {
  std::string received;  ///< without dates
  std::size_t calls = 0;
  Caller::End end = Caller::End::open;
  std::vector<std::string> notes;
};

inline Task<void> exchange_on(Stage& stage, std::string_view sent, Pace pace, Exchange& seen) {
  const std::unique_ptr<Caller> caller = stage.call();
  if (pace == Pace::at_once) {
    (void)co_await caller->send(sent);  // the server may have refused before the end of it
  } else {
    (void)co_await caller->send_bytewise(sent);
  }
  caller->end_sending();
  std::string received = co_await caller->rest();
  seen.received = without_dates(std::move(received));
  seen.end = caller->end();
  co_await stage.join();
}

inline Exchange talk(Stage::Behaviour behaviour, std::string_view sent, Pace pace = Pace::at_once,
                     const ServerLimits& limits = ServerLimits()) {
  Loop loop;
  Stage stage(loop, behaviour, limits);
  Exchange seen;
  loop.run(exchange_on(stage, sent, pace, seen));
  seen.calls = stage.calls;
  seen.notes = stage.notes;
  return seen;
}

}  // namespace fwatchdog::test
