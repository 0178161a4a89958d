/// fwatchdog as a library: a function in C++, in the process that serves it.
///
/// An application is a handler, and a main() that hands it to run(). What stands in this header is the whole interface.
///
///     #include <fwatchdog.hpp>
///
///     using namespace fwatchdog::inproc;
///
///     Response greet(const Request& request) { return Response("Hello, " + request.body + "\n"); }
///
///     int main(int argc, char** argv) { return run(argc, argv, greet); }
///
/// Such a program is a watchdog of its own: variables of the environment, probes, limits, metrics, log and shutting down are
/// those of of-watchdog in its mode `inproc`, and `--help` prints the variables.
///
/// There are two kinds of handlers. A Function gets a whole request and returns a whole answer. A StreamFunction is a coroutine:
/// it reads the request and writes the answer piece by piece, and while it waits others are served. Either of them runs on the
/// thread that serves all requests, and must not block it; blocking() is for functions that do.
///
/// A handler is called on one thread and never twice at the same moment, unless it says that it bears more: calls of one that is
/// given by thread_safe() run on as many threads as the variable `workers` says, by default one for each processor. A stream
/// function may be suspended in several calls at once in any case; a call stays on the thread that it began on.
///
/// A handler that throws is answered with 500. What the exception says is logged, and not told to the caller. A call whose
/// `exec_timeout` (or X-Timeout) has passed is answered with 504, if nothing was answered by then; else its answer is cut off.
/// In place of `exec_timeout`, a request that accepts `text/event-stream` or `application/x-ndjson` has a limit for its silence.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "async/task.hpp"
#include "result.hpp"

namespace fwatchdog {
class InProcessCall;
}

namespace fwatchdog::inproc {

using fwatchdog::Result;
using fwatchdog::Task;

/// Names and values, in the order in which they stand in the message. A name may come more than once.
using Fields = std::vector<std::pair<std::string, std::string>>;

/// What is known of a request before its body.
struct RequestHead {
  std::string method;  ///< `GET`; callers may invent some
  std::string target;  ///< path and query as they came
  std::string path;    ///< without percent escapes; may hold any byte
  std::string query;   ///< what follows the `?`, as it came
  Fields fields;

  /// The first value of a field, empty where it has none. The case of letters in `name` does not matter. The view dies with
  /// this object.
  std::string_view field(std::string_view name) const;
  /// The names and values of the query, decoded as those of a form (`+` is a blank).
  Fields parameters() const;
};

/// A whole request.
struct Request : RequestHead {
  std::string body;
};

/// A whole answer. A body without Content-Type gets a type by its first bytes. Length, date and connection are not for the
/// handler to say: its fields must not have Content-Length, Connection, Transfer-Encoding and the like.
struct Response {
  int status = 200;  ///< 200 to 599
  Fields fields;
  std::string body;

  Response() = default;
  explicit Response(std::string body_in) : body(std::move(body_in)) {}
  Response(int status_in, std::string body_in) : status(status_in), body(std::move(body_in)) {}
  /// `type` is the Content-Type.
  Response(int status_in, std::string body_in, std::string type) : status(status_in), body(std::move(body_in)) {
    fields.emplace_back("Content-Type", std::move(type));
  }
};

/// A request whose body comes as it is read. Lives until the handler has ended, as does ResponseWriter.
class RequestStream : public RequestHead {
 public:
  RequestStream(const RequestStream&) = delete;
  RequestStream& operator=(const RequestStream&) = delete;

  /// The next piece of the body; empty at its end. The view dies at the next read. What is not read is not taken from the caller
  /// either. An error's text() says what is wrong: the body is malformed, too large, too slow, or the call is cancelled. A
  /// handler that ends without an answer after such an error is answered for: 400, 413 or 408.
  Task<Result<std::string_view>> read();
  /// All that is left of the body. The errors are those of read().
  Task<Result<std::string>> read_all();

  /// Waits while others are served. False, and at once, when the call is cancelled.
  Task<bool> sleep(std::chrono::nanoseconds time);
  /// Nobody wants the answer any more: a time limit has passed, the caller has left, or the program ends. All waits of the call
  /// end then, and the handler is expected to end soon: it is waited for.
  bool cancelled() const;

 private:
  friend class fwatchdog::InProcessCall;
  explicit RequestStream(InProcessCall& call) : call_(call) {}
  InProcessCall& call_;
};

/// The answer to a RequestStream. It begins with send(), with flush(), or with the first write(), and is whole when the handler
/// returns; one whose handler throws is cut off, so that the caller can tell.
///
/// Waiting for a write is what slows the handler down to the caller's speed. False: nobody wants the answer any more, and there
/// is nothing left to say. Whatever breaks a rule throws std::invalid_argument, whatever comes too late std::logic_error.
class ResponseWriter {
 public:
  ResponseWriter(const ResponseWriter&) = delete;
  ResponseWriter& operator=(const ResponseWriter&) = delete;

  /// 200 to 599; it is 200 where nothing is said. Before the answer begins, as the other two.
  void set_status(int status);
  /// Adds a field line. For the rules see Response.
  void add_field(std::string_view name, std::string_view value);
  /// How many bytes will be written. Without it the answer is chunked.
  void set_length(std::uint64_t length);

  /// A whole answer at once.
  Task<bool> send(std::string_view body);
  /// Begins the answer before there is a body.
  Task<bool> flush();
  /// The next piece of the body, sent at once. It must live until the wait is over.
  Task<bool> write(std::string_view piece);

 private:
  friend class fwatchdog::InProcessCall;
  explicit ResponseWriter(InProcessCall& call) : call_(call) {}
  InProcessCall& call_;
};

using Function = std::function<Response(const Request&)>;
/// A coroutine that is a function or a member, and no lambda that captures: its captures would die before it does. g++ 12
/// destroys some temporaries of a `co_await` expression twice: give lambdas and what is made with braces a name before.
using StreamFunction = std::function<Task<void>(RequestStream&, ResponseWriter&)>;

/// A function that runs on threads of its own, side by side with others: it may block, and must be thread-safe. When its time
/// limit passes or its caller leaves it runs on to its end, which nobody waits for but its thread and its connection; what it
/// returns is dropped. While all threads are busy calls wait for one.
struct Blocking {
  Function function;
  std::size_t threads;
};
inline Blocking blocking(Function function, std::size_t threads = 64) { return Blocking{std::move(function), threads}; }

/// A handler that may be called on several threads at once: what its calls share is guarded by itself. It must not block either.
struct ThreadSafe {
  std::variant<Function, StreamFunction> handler;
};
inline ThreadSafe thread_safe(Function function) { return ThreadSafe{std::move(function)}; }
inline ThreadSafe thread_safe(StreamFunction function) { return ThreadSafe{std::move(function)}; }

/// Serves until the program is told to end, and returns the exit status for main(): 0 after SIGTERM, SIGINT and their like, 1
/// where it could not start (the reason is on stderr). The command line may ask for other things: `--help`, `--version`,
/// `--run-healthcheck`.
///
/// To be called once, from main(). Descriptors that are open by then are closed in processes that the program starts. No process
/// of the handler's is waited for: as process 1 of a container, where handlers leave processes behind, run it with an init.
int run(int argc, const char* const* argv, Function function);
int run(int argc, const char* const* argv, StreamFunction function);
int run(int argc, const char* const* argv, Blocking function);
int run(int argc, const char* const* argv, ThreadSafe handler);

}  // namespace fwatchdog::inproc
