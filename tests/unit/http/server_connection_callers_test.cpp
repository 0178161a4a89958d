// Callers that go away, and callers that send more than they were asked for.
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

Task<void> wait_for_the_end(Stage& stage, Request& request, ResponseWriter&) { co_await await_cancel(stage, request); }

Task<void> read_then_wait(Stage& stage, Request& request, ResponseWriter&) {
  Result<std::string> body = co_await whole_body(request);
  stage.notes.push_back(body.ok() ? *body : body.error().text());
  co_await await_cancel(stage, request);
}

/// More than is read ahead, and less than what the system holds beside that: the end of it must arrive.
std::string many_requests() {
  std::string much;
  while (much.size() < 150'000) much += kGet;
  return much;
}

enum class Leaving { reset, fin, close };

/// Sends `request`, leaves once the handler runs, and waits for its end. The seconds that took.
Task<double> leave(Stage& stage, std::string_view request, Leaving how) {
  const std::unique_ptr<Caller> caller = stage.call_tcp();
  (void)co_await caller->send(request);
  const std::function<bool()> runs = [&stage] { return stage.running == 1; };
  const bool came = co_await until(stage.loop, runs);
  CHECK(came);
  for (int i = 0; i < 3; ++i) co_await next_turn(stage.loop);
  const Stopwatch watch;
  if (how == Leaving::reset) caller->reset();
  if (how == Leaving::close) caller->close();
  if (how == Leaving::fin) caller->end_sending();
  co_await stage.join();
  co_return watch.seconds();
}

void check_at_once(double seconds) { CHECK(seconds < 0.9); }
void check_after_a_second(double seconds) {
  CHECK(seconds > 0.95);
  CHECK(seconds < 10);
}

void check_gone(Stage& stage) {
  CHECK(stage.reason == CancelReason::peer_gone);
  CHECK(stage.reports == std::vector<std::string>{"client gone"});
}

Task<void> reset_after_the_request(Stage& stage) {
  const double seconds = co_await leave(stage, kGet, Leaving::reset);
  check_at_once(seconds);
  check_gone(stage);
}
Task<void> reset_within_the_body(Stage& stage) {
  const double seconds = co_await leave(stage, kPost + "012", Leaving::reset);
  check_at_once(seconds);
  check_gone(stage);
}
Task<void> reset_with_requests_behind(Stage& stage) {
  const std::string much = many_requests();
  const double seconds = co_await leave(stage, much, Leaving::reset);
  check_at_once(seconds);
  check_gone(stage);
}
Task<void> fin_after_the_request(Stage& stage) {
  const double seconds = co_await leave(stage, kGet, Leaving::fin);
  check_after_a_second(seconds);
  check_gone(stage);
}
Task<void> close_after_the_request(Stage& stage) {
  const double seconds = co_await leave(stage, kGet, Leaving::close);
  check_after_a_second(seconds);
  check_gone(stage);
}
Task<void> fin_with_an_unread_body(Stage& stage) {
  const double seconds = co_await leave(stage, kPost + "0123456789", Leaving::fin);
  check_after_a_second(seconds);
  check_gone(stage);
}
Task<void> fin_with_requests_behind(Stage& stage) {
  const std::string much = many_requests();
  const double seconds = co_await leave(stage, much, Leaving::fin);
  check_after_a_second(seconds);
  CHECK(stage.reason == CancelReason::peer_gone);
}

}  // namespace

TEST_CASE("a caller that resets its connection ends its request at once") {
  play(wait_for_the_end, reset_after_the_request);
  play(read_then_wait, reset_after_the_request);
  SUBCASE("while the handler reads the body") { play(read_then_wait, reset_within_the_body); }
  SUBCASE("while the handler does something else than to read the body") { play(wait_for_the_end, reset_within_the_body); }
  SUBCASE("with many requests behind the first") { play(wait_for_the_end, reset_with_requests_behind); }
}

TEST_CASE("a caller that ends its side is waited on for a second") {
  SUBCASE("with nothing more to read") { play(wait_for_the_end, fin_after_the_request); }
  SUBCASE("and closes the other as well") { play(wait_for_the_end, close_after_the_request); }
  SUBCASE("while nobody reads the body") { play(wait_for_the_end, fin_with_an_unread_body); }
  SUBCASE("with many requests behind the first") { play(wait_for_the_end, fin_with_requests_behind); }
}

namespace {

/// The first request is answered, after the end of the caller's side was seen; all others wait.
Task<void> answer_one(Stage& stage, Request& request, ResponseWriter& response) {
  if (stage.calls > 1) co_await await_cancel(stage, request);
  co_await pause(stage.loop, 100ms);
  (void)co_await response.send("first"sv);
}

Task<void> fin_after_two(Stage& stage) {
  const std::unique_ptr<Caller> caller = stage.call_tcp();
  const Stopwatch watch;
  (void)co_await caller->send(kGet + kGet);
  caller->end_sending();
  co_await stage.join();
  check_after_a_second(watch.seconds());
  CHECK(stage.calls == 2);
  check_gone(stage);
}

Task<void> half_a_second(Stage& stage, Request& request, ResponseWriter& response) {
  (void)co_await whole_body(request);
  co_await pause(stage.loop, 300ms);
  const std::string much(4 << 20, 'm');
  (void)co_await response.send(much);
}

Task<void> half_closed_caller(Stage& stage) {
  const std::unique_ptr<Caller> caller = stage.call_tcp();
  (void)co_await caller->send(kPost + "0123456789");
  caller->end_sending();
  const std::string received = co_await caller->rest();
  CHECK(received.find(" 200 OK\r\n") != std::string::npos);
  CHECK(received.size() > (4U << 20U));
  CHECK(caller->end() == Caller::End::ended);
  CHECK(stage.reports.empty());
}

}  // namespace

TEST_CASE("a second for each request that stands before the end of the caller's side") { play(answer_one, fin_after_two); }

TEST_CASE("a quick handler's answer reaches a half-closed caller whole") { play(half_a_second, half_closed_caller); }

namespace {

Task<void> write_for_ever(Stage& stage, Request&, ResponseWriter& response) {
  response.begin(std::nullopt);
  const std::string piece(64 * 1024, 'p');
  for (;;) {
    Result<void> written = co_await response.write(piece);
    if (!written.ok()) break;
  }
  stage.notes.push_back("unheard");
}

Task<void> reset_while_receiving(Stage& stage) {
  const std::unique_ptr<Caller> caller = stage.call_tcp();
  (void)co_await caller->send(kGet);
  (void)co_await caller->receive_more();
  const Stopwatch watch;
  caller->reset();
  co_await stage.join();
  check_at_once(watch.seconds());
  CHECK(stage.notes == std::vector<std::string>{"unheard"});
}

/// Gone in the middle of a head: nobody is told anything.
Task<void> leave_within_the_head(Stage& stage) {
  for (const bool resets : {false, true}) {
    const std::unique_ptr<Caller> caller = stage.call_tcp();
    (void)co_await caller->send("GET / HTTP/1.1\r\n");
    co_await next_turn(stage.loop);
    resets ? caller->reset() : caller->close();
    co_await stage.join();
  }
  CHECK(stage.calls == 0);
  CHECK(stage.reports.empty());
}

}  // namespace

TEST_CASE("a caller that leaves while it is being answered") { play(write_for_ever, reset_while_receiving); }

TEST_CASE("a caller that leaves within a head") { play(tell, leave_within_the_head); }

namespace {

Task<void> wait_for_the_gate(Stage& stage, Request& request, ResponseWriter& response) {
  co_await stage.gate.wait();
  co_await tell(stage, request, response);
}

Task<void> pipelined_while_it_runs(Stage& stage) {
  const std::unique_ptr<Caller> caller = stage.call();
  (void)co_await caller->send(kPost + "01234");
  for (int i = 0; i < 3; ++i) co_await next_turn(stage.loop);
  CHECK(stage.running == 1);
  (void)co_await caller->send_bytewise("56789" + kGet + kPost + "abcdefghij");
  CHECK(stage.running == 1);
  stage.gate.set();
  const std::string received = co_await caller->receive_to("abcdefghij");
  CHECK(without_dates(received) == told("POST / 0123456789") + told("GET / ") + told("POST / abcdefghij"));
  caller->close();
}

Task<void> a_few_turns(Stage& stage, Request&, ResponseWriter& response) {
  for (int i = 0; i < 2; ++i) co_await next_turn(stage.loop);
  (void)co_await response.send("."sv);
}

constexpr std::size_t kMany = 6000;

struct Flood {
  std::string request = "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(995, 'x') + "\r\n\r\n";
  std::size_t sent = 0;
  std::size_t most_ahead = 0;  // bytes that were taken from the caller and not yet served
};
Task<void> flood(Stage& stage, Caller& caller, Flood& flood) {
  for (std::size_t i = 0; i < kMany; ++i) {
    const bool sent = co_await caller.send(flood.request);
    if (!sent) co_return;
    flood.sent += flood.request.size();
    flood.most_ahead = std::max(flood.most_ahead, flood.sent - stage.calls * flood.request.size());
  }
  caller.end_sending();
}
Task<void> count_answers(Caller& caller, std::size_t& answers) {
  const std::string received = co_await caller.rest();
  for (std::size_t at = received.find("HTTP/1.1 200 OK\r\n"); at != std::string::npos; at = received.find("HTTP/1.1 200", at + 1))
    ++answers;
}

Task<void> bounded_memory(Stage& stage) {
  const std::unique_ptr<Caller> caller = stage.call();
  Flood state;
  std::size_t answers = 0;
  co_await when_all(stage.loop, flood(stage, *caller, state), count_answers(*caller, answers));
  CHECK(answers == kMany);
  CHECK(state.most_ahead < (1U << 20U));  // the socket's own buffers and some 100 KiB of ours
}

}  // namespace

TEST_CASE("what comes while a handler runs is kept for later") { play(wait_for_the_gate, pipelined_while_it_runs); }

TEST_CASE("a caller that floods a connection with requests fills the memory of nobody but itself") {
  play(a_few_turns, bounded_memory);
}
