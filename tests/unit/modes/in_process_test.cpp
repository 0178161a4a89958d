#include "modes/in_process.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>

#include "async/combine.hpp"
#include "support/recorded_call.hpp"
#include "support/recorded_log.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;
using namespace std::chrono_literals;

namespace {

/// One call of a handler, with what may happen to it.
struct Play {
  Loop loop;
  RecordedLog log;
  RecordedResponse response;
  InProcessContext context{loop, log.logger};
  Nanoseconds caller_leaves_after{0};

  std::string run(const InProcess::Handler& handler, GivenRequest& given) {
    InProcess mode(context, handler);
    Timer leaves(loop, [&given] { given.cancel.request(CancelReason::peer_gone); });
    if (caller_leaves_after > Nanoseconds::zero()) leaves.start(caller_leaves_after);
    loop.run(mode.handle(given.request, response));
    return response.text();
  }
  std::string run(const InProcess::Handler& handler, std::string body = {}) {
    GivenRequest given("POST", "/a%20b?c=d", {{"Accept", "*/*"}}, std::move(body));
    return run(handler, given);
  }
};

std::string answer_to(const InProcess::Handler& handler, std::string body = {}) {
  Play play;
  return play.run(handler, std::move(body));
}

inproc::Response tell(const inproc::Request& request) {
  std::string text = request.method + " " + request.target + " " + request.path + " " + request.query;
  for (const auto& [name, value] : request.fields) text.append(" ").append(name).append("=").append(value);
  return inproc::Response(201, text + " " + request.body, "text/x-told");
}

Task<void> echo(inproc::RequestStream& request, inproc::ResponseWriter& response) {
  response.set_status(202);
  response.add_field("X-First", "1");
  for (;;) {
    Result<std::string_view> piece = co_await request.read();
    if (!piece.ok() || piece->empty()) co_return;
    const bool written = co_await response.write(*piece);
    CHECK(written);
  }
}

/// Waits for its end in steps, so that it never ends by itself.
Task<void> sleep_on(inproc::RequestStream& request, inproc::ResponseWriter&) {
  for (;;) {
    const bool goes_on = co_await request.sleep(1h);
    if (!goes_on) co_return;
  }
}

Task<void> send_late(inproc::RequestStream& request, inproc::ResponseWriter& response) {
  co_await sleep_on(request, response);
  response.set_status(200);
  response.add_field("X-Late", "1");
  const bool sent = co_await response.send("late");
  CHECK(!sent);
  const bool again = co_await request.sleep(1h);
  CHECK(!again);
}

Task<void> begin_and_sleep(inproc::RequestStream& request, inproc::ResponseWriter& response) {
  const bool begun = co_await response.write("begun");
  CHECK(begun);
  co_await sleep_on(request, response);
}

constexpr std::string_view kServerError = "500 Content-Type: application/json\n|{\"error\":\"the function failed\"}\n";
constexpr std::string_view kLate = "504 Content-Type: application/json\n|{\"error\":\"the function took too long\"}\n";

}  // namespace

TEST_CASE("inproc: a function gets the whole request and gives the whole answer") {
  GivenRequest given("PUT", "/a%20b?c=%2F", {{"Accept", "*/*"}, {"accept", "x"}}, "one ");
  given.body.pieces.emplace_back("two");
  Play play;
  CHECK(play.run(tell, given) == "201 Content-Type: text/x-told\n|PUT /a%20b?c=%2F /a b c=%2F Accept=*/* accept=x one two");
  CHECK(answer_to([](const inproc::Request&) { return inproc::Response(); }) == "200 |");
  CHECK(play.log.lines().empty());
}

TEST_CASE("inproc: fields are found by their name") {
  inproc::Request request;
  request.fields = {{"Accept", "a"}, {"X-Call-Id", "7"}, {"x-call-id", "8"}};
  CHECK(request.field("X-CALL-ID") == "7");
  CHECK(request.field("X-Call").empty());
}

TEST_CASE("inproc: the parameters of a query are decoded, and each is kept") {
  using inproc::Fields;
  struct Row {
    std::string query;
    Fields parameters;
  };
  const Row rows[] = {
      {"", {}},
      {"a=1&b=x%20y&a=2&empty=", {{"a", "1"}, {"b", "x y"}, {"a", "2"}, {"empty", ""}}},
      {"a+b=c+d&&e&=f&g=h=i", {{"a b", "c d"}, {"e", ""}, {"", "f"}, {"g", "h=i"}}},
      {"%41=%zz&%2=%", {{"A", "%zz"}, {"%2", "%"}}},
      {"nul=%00", {{"nul", std::string(1, '\0')}}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.query);
    inproc::Request request;
    request.query = row.query;
    CHECK(request.parameters() == row.parameters);
  }
}

TEST_CASE("inproc: what a function throws is logged and not answered") {
  Play play;
  CHECK(play.run([](const inproc::Request&) -> inproc::Response { throw std::runtime_error("no such table\nx"); }) ==
        kServerError);
  CHECK(play.log.lines() == "The handler failed: no such table\\x0ax: POST /a%20b?c=d\n");
  Play other;
  other.context.log_query = false;
  CHECK(other.run([](const inproc::Request&) -> inproc::Response { throw 7; }) == kServerError);
  CHECK(other.log.lines() == "The handler failed: an exception that is no std::exception: POST /a%20b\n");
}

TEST_CASE("inproc: an answer that breaks the rules is a failure") {
  struct Row {
    inproc::Response response;
    std::string_view why;
  };
  const auto with = [](std::string name, std::string value) {
    inproc::Response response("text");
    response.fields.emplace_back("X-Good", "1");
    response.fields.emplace_back(std::move(name), std::move(value));
    return response;
  };
  const Row rows[] = {
      {inproc::Response(199, ""), "the status 199 is not between 200 and 599"},
      {inproc::Response(600, ""), "the status 600 is not between 200 and 599"},
      {with("X: 1", "2"), "\"X: 1\" is no field name"},
      {with("", "2"), "\"\" is no field name"},
      {with("X", "1\r\nY: 2"), "the value of X has a line's end or NUL in it"},
      {with("content-length", "4"), "content-length is not for a handler to set"},
      {with("Transfer-Encoding", "chunked"), "Transfer-Encoding is not for a handler to set"},
      {with("Connection", "close"), "Connection is not for a handler to set"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    Play play;
    CHECK(play.run([&row](const inproc::Request&) { return row.response; }) == kServerError);
    CHECK(play.log.lines() == "The handler failed: " + std::string(row.why) + ": POST /a%20b?c=d\n");
  }
}

TEST_CASE("inproc: a body that breaks is answered for, and the function not called") {
  struct Row {
    Error error;
    std::string_view answer;
  };
  const Row rows[] = {
      {Error(Errc::invalid, "bad chunk"), "400 Content-Type: text/plain; charset=utf-8\n|bad chunk"},
      {Error(Errc::too_large, "too large"), "413 Content-Type: text/plain; charset=utf-8\n|too large"},
      {Error(Errc::timed_out, "too slow"), "408 Content-Type: text/plain; charset=utf-8\n|too slow: timed out"},
  };
  for (const Row& row : rows) {
    for (const bool streams : {false, true}) {
      GivenRequest given("POST", "/", {}, "begun");
      given.body.failure = row.error;
      Play play;
      bool called = false;
      const inproc::Function function = [&called](const inproc::Request&) {
        called = true;
        return inproc::Response();
      };
      if (streams) {
        const inproc::StreamFunction reads = [](inproc::RequestStream& request, inproc::ResponseWriter&) -> Task<void> {
          Result<std::string> body = co_await request.read_all();
          CHECK(!body.ok());
        };
        CHECK(play.run(reads, given) == row.answer);
      } else {
        CHECK(play.run(function, given) == row.answer);
        CHECK(!called);
      }
    }
  }
}

TEST_CASE("inproc: a stream function writes as it reads") {
  GivenRequest given("POST", "/", {}, "one ");
  given.body.pieces.emplace_back("two");
  Play play;
  CHECK(play.run(inproc::StreamFunction(echo), given) == "202 X-First: 1\n|one two");
  CHECK(!play.response.declared_length());
  // Nothing to write: an empty answer, whose length is known.
  Play empty;
  CHECK(empty.run(inproc::StreamFunction(echo)) == "202 X-First: 1\n|");
  CHECK(empty.response.declared_length() == 0);
}

TEST_CASE("inproc: a stream function that breaks a rule, or is too late, fails") {
  using Writer = inproc::ResponseWriter;
  struct Row {
    inproc::StreamFunction function;
    std::string_view why;
  };
  const Row rows[] = {
      {[](inproc::RequestStream&, Writer& response) -> Task<void> {
         response.set_status(100);
         co_return;
       },
       "the status 100 is not between 200 and 599"},
      {[](inproc::RequestStream&, Writer& response) -> Task<void> {
         response.add_field("A", std::string_view("\0", 1));
         co_return;
       },
       "the value of A has a line's end or NUL in it"},
  };
  for (const Row& row : rows) {
    Play play;
    CHECK(play.run(row.function) == kServerError);
    CHECK(play.log.lines() == "The handler failed: " + std::string(row.why) + ": POST /a%20b?c=d\n");
  }
  Play play;
  const inproc::StreamFunction too_late = [](inproc::RequestStream&, Writer& response) -> Task<void> {
    const bool flushed = co_await response.flush();
    CHECK(flushed);
    response.add_field("A", "1");
  };
  CHECK(play.run(too_late) == "200 | [cut]");
  CHECK(play.log.lines() == "The handler failed: add_field after the answer has begun: POST /a%20b?c=d\n");
  Play twice;
  const inproc::StreamFunction sends_twice = [](inproc::RequestStream&, Writer& response) -> Task<void> {
    response.set_length(4);
    const bool sent = co_await response.send("once");
    CHECK(sent);
    const bool again = co_await response.write("again");
    CHECK(again);
  };
  CHECK(twice.run(sends_twice) == "200 |once");
  CHECK(twice.log.lines() == "The handler failed: write after the whole answer was sent: POST /a%20b?c=d\n");
}

TEST_CASE("inproc: a limit that passes before the answer is a 504, whatever the handler does then") {
  for (const inproc::StreamFunction& function : {inproc::StreamFunction(sleep_on), inproc::StreamFunction(send_late)}) {
    Play play;
    play.context.exec_timeout = 20ms;
    CHECK(play.run(function) == kLate);
    const std::string lines = play.log.lines();
    CHECK(lines.starts_with("exec_timeout passed after 0."));
    CHECK(lines.ends_with("s: POST /a%20b?c=d\n"));
  }
}

TEST_CASE("inproc: a limit that passes later cuts the answer off") {
  Play play;
  play.context.exec_timeout = 20ms;
  CHECK(play.run(inproc::StreamFunction(begin_and_sleep)) == "200 |begun [cut]");
}

TEST_CASE("inproc: the caller's X-Timeout is a limit, and a stream of events has no other") {
  GivenRequest given("GET", "/", {{"X-Timeout", "20ms"}, {"Accept", "text/event-stream"}});
  Play play;
  play.context.exec_timeout = 1ms;
  CHECK(play.run(inproc::StreamFunction(sleep_on), given) == kLate);
  CHECK(play.log.lines().starts_with("X-Timeout passed after 0."));
  GivenRequest events("GET", "/", {{"Accept", "text/event-stream"}});
  Play other;
  other.context.exec_timeout = 1ms;
  const inproc::StreamFunction slow = [](inproc::RequestStream& request, inproc::ResponseWriter& response) -> Task<void> {
    const bool goes_on = co_await request.sleep(30ms);
    CHECK(goes_on);
    const bool sent = co_await response.send("data: x\n\n");
    CHECK(sent);
  };
  CHECK(other.run(slow, events) == "200 |data: x\n\n");
}

TEST_CASE("inproc: a function on the loop that took too long is answered with 504") {
  Play play;
  play.context.exec_timeout = 5ms;
  const inproc::Function slow = [](const inproc::Request&) {
    std::this_thread::sleep_for(10ms);
    return inproc::Response("late");
  };
  CHECK(play.run(slow) == kLate);
  CHECK(play.log.lines().starts_with("exec_timeout passed after 0."));
}

TEST_CASE("inproc: a handler whose caller has left is cancelled, and nothing is answered") {
  for (const inproc::StreamFunction& function : {inproc::StreamFunction(sleep_on), inproc::StreamFunction(send_late)}) {
    Play play;
    play.caller_leaves_after = 5ms;
    CHECK(play.run(function) == "200 | [open]");
    CHECK(play.log.lines().empty());
  }
}

TEST_CASE("inproc: a blocking function runs on a thread") {
  Play play;
  ThreadPool threads(2);
  play.context.threads = &threads;
  const std::thread::id here = std::this_thread::get_id();
  const inproc::Function function = [here](const inproc::Request& request) {
    return inproc::Response(request.body + (std::this_thread::get_id() == here ? " here" : " elsewhere"));
  };
  CHECK(play.run(function, "ran") == "200 |ran elsewhere");
  Play failing;
  failing.context.threads = &threads;
  CHECK(failing.run([](const inproc::Request&) -> inproc::Response { throw std::runtime_error("lost"); }) == kServerError);
  CHECK(failing.log.lines() == "The handler failed: lost: POST /a%20b?c=d\n");
}

namespace {

/// Calls a function that outlives its call, and tells whether it had begun by then: a thread may come too late for that.
bool outlives_its_call(bool caller_leaves) {
  Play play;
  ThreadPool threads(1);
  play.context.threads = &threads;
  if (caller_leaves) {
    play.caller_leaves_after = 5ms;
  } else {
    play.context.exec_timeout = 5ms;
  }
  std::atomic<bool> begun{false};
  std::atomic<bool> ended{false};
  const inproc::Function slow = [&](const inproc::Request& request) {
    begun = true;
    std::this_thread::sleep_for(50ms);
    ended = request.body == "still there";
    return inproc::Response("late");
  };
  CHECK(play.run(slow, "still there") == (caller_leaves ? "200 | [open]" : kLate));
  CHECK(ended == begun);
  return begun;
}

}  // namespace

TEST_CASE("inproc: a blocking function that is late, or whose caller has left, is waited for") {
  for (const bool caller_leaves : {false, true}) {
    bool begun = false;
    for (int attempt = 0; attempt < 100 && !begun; ++attempt) begun = outlives_its_call(caller_leaves);
    CHECK(begun);
  }
}
