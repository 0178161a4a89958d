// The time limits of a connection: read_timeout, write_timeout, and what a caller that never reads meets.
#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "async/combine.hpp"
#include "http/server_connection.hpp"
#include "support/stage.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;
using namespace std::chrono_literals;
using namespace std::string_view_literals;

namespace {

const std::string kGet = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string kPost = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n";
constexpr double kLimit = 0.1;  // seconds, as below

ServerLimits read_limit() {
  ServerLimits limits;
  limits.read_timeout = 100ms;
  return limits;
}
ServerLimits write_limit() {
  ServerLimits limits;
  limits.write_timeout = 100ms;
  return limits;
}

/// Well after the limit something else must be to blame.
void check_passed_at(double seconds, double limit) {
  CHECK(seconds >= limit * 0.95);
  CHECK(seconds < limit + 5);
}

Task<void> idle_connection(Stage& stage) {
  const std::unique_ptr<Caller> caller = stage.call();
  const Stopwatch watch;
  const std::string received = co_await caller->rest();
  CHECK(received.empty());
  check_passed_at(watch.seconds(), kLimit);
}

Task<void> idle_after_an_answer(Stage& stage) {
  const std::unique_ptr<Caller> caller = stage.call();
  (void)co_await caller->send(kGet);
  const std::string answer = co_await caller->receive_to("GET / ");
  CHECK(without_dates(answer) == told("GET / "));
  const Stopwatch watch;
  const std::string received = co_await caller->rest();
  CHECK(received.empty());
  check_passed_at(watch.seconds(), kLimit);
}

Task<void> unfinished_head(Stage& stage) {
  const std::unique_ptr<Caller> caller = stage.call();
  co_await pause(stage.loop, 60ms);  // the request's time begins with its first byte
  const Stopwatch watch;
  (void)co_await caller->send("GET / HTTP/1.1\r\nHo");
  const std::string received = co_await caller->rest();
  CHECK(without_dates(received) == refused("408 Request Timeout"));
  check_passed_at(watch.seconds(), kLimit);
  CHECK(stage.calls == 0);
}

Task<void> unfinished_second_head(Stage& stage) {
  const std::unique_ptr<Caller> caller = stage.call();
  (void)co_await caller->send(kGet + "GET / HT");
  const std::string received = co_await caller->rest();
  CHECK(without_dates(received) == told("GET / ") + refused("408 Request Timeout"));
}

/// A byte every few milliseconds until the server has had enough.
Task<void> drip(Stage& stage, Caller& caller, std::string_view bytes, const bool& ended) {
  for (std::size_t i = 0; i < bytes.size() && !ended; ++i) {
    const bool sent = co_await caller.send(bytes.substr(i, 1));
    if (!sent) co_return;
    co_await pause(stage.loop, 10ms);
  }
}
Task<void> receive_rest(Caller& caller, std::string& received, bool& ended) {
  received = co_await caller.rest();
  ended = true;
}

Task<void> dripped_head(Stage& stage) {
  const std::unique_ptr<Caller> caller = stage.call();
  const std::string head = "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(1000, 'x');
  std::string received;
  bool ended = false;
  const Stopwatch watch;
  co_await when_all(stage.loop, drip(stage, *caller, head, ended), receive_rest(*caller, received, ended));
  CHECK(without_dates(received) == refused("408 Request Timeout"));
  check_passed_at(watch.seconds(), kLimit);
}

Task<void> dripped_body(Stage& stage) {
  const std::unique_ptr<Caller> caller = stage.call();
  const std::string request = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n";
  (void)co_await caller->send(request);
  const std::string body(1000, 'x');
  std::string received;
  bool ended = false;
  const Stopwatch watch;
  co_await when_all(stage.loop, drip(stage, *caller, body, ended), receive_rest(*caller, received, ended));
  CHECK(received.rfind("HTTP/1.1 408 Request Timeout\r\n", 0) == 0);
  CHECK(received.find("\r\nConnection: close\r\n") != std::string::npos);
  check_passed_at(watch.seconds(), kLimit);
  CHECK(stage.reports == std::vector<std::string>{"read_timeout"});
}

Task<void> slow_handler(Stage& stage, Request& request, ResponseWriter& response) {
  (void)co_await whole_body(request);
  co_await pause(stage.loop, 250ms);
  (void)co_await response.send("late"sv);
}

Task<void> slow_answers(Stage& stage) {
  const std::unique_ptr<Caller> caller = stage.call();
  for (int i = 0; i < 2; ++i) {
    (void)co_await caller->send(kPost + "0123456789");
    const std::string answer = co_await caller->receive_to("late");
    CHECK(answer.find(" 200 OK\r\n") != std::string::npos);
    CHECK(answer.find("close") == std::string::npos);
  }
  caller->close();
  CHECK(stage.reports.empty());
}

}  // namespace

TEST_CASE("read_timeout: an idle connection ends without a word") {
  play(tell, idle_connection, read_limit());
  play(tell, idle_after_an_answer, read_limit());
}

TEST_CASE("read_timeout: a head that does not come to its end is answered 408") {
  play(tell, unfinished_head, read_limit());
  play(tell, unfinished_second_head, read_limit());
  play(tell, dripped_head, read_limit());
}

TEST_CASE("read_timeout: a body that does not come to its end is an error to the handler") {
  play(tell, dripped_body, read_limit());
}

TEST_CASE("read_timeout ends with the body: a handler may take longer") { play(slow_handler, slow_answers, read_limit()); }

namespace {

Task<void> give_up_politely(Stage& stage, Request& request, ResponseWriter& response) {
  co_await await_cancel(stage, request);
  response.set_status(request.cancel->reason() == CancelReason::time_limit ? 504 : 500);
  (void)co_await response.send("too late"sv);
}

Task<void> full_answer_after_the_limit(Stage& stage) {
  const std::unique_ptr<Caller> caller = stage.call_tcp();
  const Stopwatch watch;
  (void)co_await caller->send(kGet + kGet);
  const std::string received = co_await caller->rest();
  CHECK(without_dates(received) ==
        "HTTP/1.1 504 Gateway Timeout\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 8\r\nConnection: "
        "close\r\n\r\ntoo late");
  CHECK(caller->end() == Caller::End::ended);
  check_passed_at(watch.seconds(), kLimit);
  CHECK(stage.calls == 1);
  CHECK(stage.reports == std::vector<std::string>{"write_timeout"});
}

Task<void> read_body_then_tell(Stage& stage, Request& request, ResponseWriter& response) {
  Result<std::string> body = co_await whole_body(request);
  stage.notes.push_back(body.ok() ? "whole" : body.error().text());
  response.set_status(408);
  (void)co_await response.send("too late"sv);
}

Task<void> limit_in_the_body(Stage& stage) {
  const std::unique_ptr<Caller> caller = stage.call_tcp();
  (void)co_await caller->send(kPost + "123");
  const std::string received = co_await caller->rest();
  CHECK(received.rfind("HTTP/1.1 408 Request Timeout\r\n", 0) == 0);
  CHECK(stage.notes == std::vector<std::string>{"write_timeout: timed out"});
}

Task<void> deaf(Stage& stage, Request&, ResponseWriter& response) {
  co_await stage.gate.wait();
  Result<void> sent = co_await response.send("nobody hears this"sv);
  stage.notes.push_back(sent.ok() ? "" : "unheard");
}

Task<void> reset_without_an_answer(Stage& stage) {
  const std::unique_ptr<Caller> caller = stage.call_tcp();
  const Stopwatch watch;
  (void)co_await caller->send(kGet);
  const std::string received = co_await caller->rest();
  CHECK(received.empty());
  CHECK(caller->end() == Caller::End::reset);
  check_passed_at(watch.seconds(), kLimit + 1);  // one second of grace
  stage.gate.set();
  co_await stage.join();
  CHECK(stage.notes == std::vector<std::string>{"unheard"});
}

Task<void> begin_then_wait(Stage& stage, Request& request, ResponseWriter& response) {
  response.begin(std::nullopt);
  (void)co_await response.write("first");
  co_await await_cancel(stage, request);
  Result<void> more = co_await response.write("second");
  stage.notes.push_back(more.ok() ? "" : "unheard");
}

Task<void> reset_within_the_answer(Stage& stage) {
  const std::unique_ptr<Caller> caller = stage.call_tcp();
  const Stopwatch watch;
  (void)co_await caller->send(kGet);
  const std::string received = co_await caller->rest();
  CHECK(received.find("\r\n\r\n5\r\nfirst\r\n") == received.size() - 14);
  CHECK(caller->end() == Caller::End::reset);
  check_passed_at(watch.seconds(), kLimit);
  co_await stage.join();
  CHECK(stage.notes == std::vector<std::string>{"unheard"});
  CHECK(stage.reason == CancelReason::time_limit);
}

Task<void> begin_then_leave(Stage& stage, Request& request, ResponseWriter& response) {
  response.begin(std::nullopt);
  co_await await_cancel(stage, request);
}

Task<void> nothing_sent_yet(Stage& stage) {
  const std::unique_ptr<Caller> caller = stage.call_tcp();
  (void)co_await caller->send(kGet);
  const std::string received = co_await caller->rest();
  CHECK(without_dates(received) == "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

Task<void> send_much(Stage& stage, Request&, ResponseWriter& response) {
  const std::string much(64 << 20, 'm');
  Result<void> sent = co_await response.send(much);
  stage.notes.push_back(sent.ok() ? "" : "unheard");
}

Task<void> never_reads(Stage& stage) {
  const std::unique_ptr<Caller> caller = stage.call_tcp();
  const Stopwatch watch;
  (void)co_await caller->send(kGet);
  co_await stage.join();
  check_passed_at(watch.seconds(), kLimit);
  CHECK(stage.notes == std::vector<std::string>{"unheard"});
  CHECK(stage.reports == std::vector<std::string>{"write_timeout"});
}

}  // namespace

TEST_CASE("write_timeout: who has not answered is asked to, and its answer still goes out") {
  play(give_up_politely, full_answer_after_the_limit, write_limit());
  play(read_body_then_tell, limit_in_the_body, write_limit());
  play(begin_then_leave, nothing_sent_yet, write_limit());
}

TEST_CASE("write_timeout: who does not answer even then loses the connection") {
  play(deaf, reset_without_an_answer, write_limit());
}

TEST_CASE("write_timeout: an answer that has begun is visibly cut") {
  play(begin_then_wait, reset_within_the_answer, write_limit());
  play(send_much, never_reads, write_limit());
}

namespace {

Task<void> no_limits(Stage& stage) {
  const std::unique_ptr<Caller> caller = stage.call();
  co_await pause(stage.loop, 150ms);
  (void)co_await caller->send("POST / HTTP/1.1\r\nHost: h\r\nContent-Le");
  co_await pause(stage.loop, 150ms);
  (void)co_await caller->send("ngth: 10\r\n\r\n01234");
  co_await pause(stage.loop, 150ms);
  (void)co_await caller->send("56789");
  const std::string answer = co_await caller->receive_to("late");
  CHECK(answer.find(" 200 OK\r\n") != std::string::npos);
  caller->close();
}

/// Fills what the connection can hold, so that nothing more can be said to this caller.
Task<void> answer_until_full(Stage& stage, Request&, ResponseWriter& response) {
  (void)co_await response.send("whole"sv);
  const char byte = 'f';
  while (::send(stage.server_socket, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1) {
  }
}

Task<void> refusal_that_nobody_reads(Stage& stage) {
  SocketPair pair = unix_pair();
  stage.server_socket = pair.server.get();
  const std::unique_ptr<Caller> caller = stage.call(std::move(pair));
  (void)co_await caller->send(kGet);
  const std::function<bool()> answered = [&stage] { return stage.calls == 1 && stage.running == 0; };
  const bool came = co_await until(stage.loop, answered);
  CHECK(came);
  (void)co_await caller->send("junk\r\n\r\n");
  const Stopwatch watch;
  co_await stage.join();
  CHECK(watch.seconds() < 10);
}

}  // namespace

TEST_CASE("limits of zero are none") { play(slow_handler, no_limits); }

TEST_CASE("a refusal that nobody reads holds no connection") { play(answer_until_full, refusal_that_nobody_reads); }

namespace {

/// Lets a request wait for longer than its caller may take, and reads its body then.
Task<void> wait_then_tell(Stage& stage, Request& request, ResponseWriter& response) {
  request.connection->pause_read_limit();
  co_await pause(stage.loop, 250ms);
  request.connection->resume_read_limit();
  co_await tell(stage, request, response);
}

Task<void> body_after_a_wait(Stage& stage) {
  const std::unique_ptr<Caller> caller = stage.call();
  const std::string body(100'000, 'x');
  (void)co_await caller->send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n" + body);
  caller->end_sending();
  const std::string received = co_await caller->rest();
  CHECK(received.find(" 200 OK\r\n") != std::string::npos);
  CHECK(received.ends_with("POST / " + body));
}

Task<void> no_body_after_a_wait(Stage& stage) {
  const std::unique_ptr<Caller> caller = stage.call();
  const Stopwatch watch;
  (void)co_await caller->send(kPost + "0123");
  const std::string received = co_await caller->rest();
  CHECK(received.rfind("HTTP/1.1 408 Request Timeout\r\n", 0) == 0);
  CHECK(watch.seconds() >= 0.25 + kLimit * 0.9);
  CHECK(stage.reports == std::vector<std::string>{"read_timeout"});
}

}  // namespace

TEST_CASE("read_timeout stands still while a request waits for its turn") {
  play(wait_then_tell, body_after_a_wait, read_limit());
  play(wait_then_tell, no_body_after_a_wait, read_limit());
}
