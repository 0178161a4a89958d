#include "http/http_server.hpp"

#include <doctest/doctest.h>

#include <string>

#include "async/combine.hpp"
#include "support/stage.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;
using namespace std::string_view_literals;

namespace {

const std::string kGet = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

Task<void> turns(Stage& stage, int count) {
  for (int i = 0; i < count; ++i) co_await next_turn(stage.loop);
}

Task<void> wait_for_the_gate(Stage& stage, Request& request, ResponseWriter& response) {
  co_await stage.gate.wait();
  co_await tell(stage, request, response);
}

Task<void> drain_idle(Stage& stage) {
  const std::unique_ptr<Caller> fresh = stage.call();
  const std::unique_ptr<Caller> used = stage.call();
  (void)co_await used->send(kGet);
  (void)co_await used->receive_to("GET / ");
  CHECK(stage.open_connections() == 2);
  stage.server.drain();
  const std::string of_fresh = co_await fresh->rest();
  const std::string of_used = co_await used->rest();
  CHECK(of_fresh.empty());
  CHECK(of_used.empty());
}

Task<void> drain_busy(Stage& stage) {
  const std::unique_ptr<Caller> caller = stage.call();
  (void)co_await caller->send(kGet + kGet);
  co_await turns(stage, 3);
  stage.server.drain();
  co_await turns(stage, 3);
  CHECK(stage.running == 1);
  stage.gate.set();
  const std::string received = co_await caller->rest();
  CHECK(without_dates(received) == told("GET / ", "close"));
  CHECK(stage.calls == 1);
}

Task<void> drain_within_a_head(Stage& stage) {
  const std::unique_ptr<Caller> caller = stage.call();
  (void)co_await caller->send(kGet.substr(0, 10));
  co_await turns(stage, 3);
  stage.server.drain();
  co_await turns(stage, 3);
  (void)co_await caller->send(kGet.substr(10));
  const std::string received = co_await caller->rest();
  CHECK(without_dates(received) == told("GET / ", "close"));
}

/// The request lies in the connection when the server is told to end, unseen by it.
Task<void> request_races_with_drain(Stage& stage) {
  const std::unique_ptr<Caller> caller = stage.call();
  (void)co_await caller->send(kGet);
  (void)co_await caller->receive_to("GET / ");
  (void)co_await caller->send(kGet);
  stage.server.drain();
  const std::string received = co_await caller->rest();
  CHECK(without_dates(received) == told("GET / ", "close"));
}

Task<void> new_connection_after_drain(Stage& stage) {
  stage.server.drain();
  const std::unique_ptr<Caller> caller = stage.call();
  const std::string received = co_await caller->rest();
  CHECK(received.empty());
}

}  // namespace

TEST_CASE("drain: idle connections end at once") { play(tell, drain_idle); }

TEST_CASE("drain: a request in flight is answered, and then its connection ends") { play(wait_for_the_gate, drain_busy); }

TEST_CASE("drain: a request that has begun is still served") {
  play(tell, drain_within_a_head);
  play(tell, request_races_with_drain);
}

TEST_CASE("drain: a connection that comes after it ends") { play(tell, new_connection_after_drain); }

namespace {

Task<void> wait_for_the_end(Stage& stage, Request& request, ResponseWriter& response) {
  if (request.target.path == "/body") {
    Result<std::string> body = co_await whole_body(request);
    stage.notes.push_back(body.ok() ? *body : body.error().text());
  }
  if (request.target.path == "/begun") {
    response.begin(std::nullopt);
    (void)co_await response.write("begun");
  }
  co_await await_cancel(stage, request);
  CHECK(request.cancel->reason() == CancelReason::shutdown);
}

Task<void> abort_all(Stage& stage) {
  const std::unique_ptr<Caller> idle = stage.call_tcp();
  const std::unique_ptr<Caller> in_head = stage.call_tcp();
  const std::unique_ptr<Caller> busy = stage.call_tcp();
  const std::unique_ptr<Caller> in_body = stage.call_tcp();
  const std::unique_ptr<Caller> begun = stage.call_tcp();
  const std::unique_ptr<Caller> until_close = stage.call_tcp();
  (void)co_await in_head->send(kGet.substr(0, 10));
  (void)co_await busy->send(kGet);
  (void)co_await in_body->send("POST /body HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhel");
  (void)co_await begun->send("GET /begun HTTP/1.1\r\nHost: h\r\n\r\n");
  (void)co_await until_close->send("GET /begun HTTP/1.0\r\n\r\n");
  (void)co_await begun->receive_to("begun");
  (void)co_await until_close->receive_to("begun");
  const std::function<bool()> all_run = [&stage] { return stage.running == 4; };
  const bool came = co_await until(stage.loop, all_run);
  CHECK(came);
  const Stopwatch watch;
  stage.server.abort();
  co_await stage.join();
  CHECK(watch.seconds() < 5);
  for (Caller* caller : {idle.get(), in_head.get(), busy.get(), in_body.get()}) {
    const std::string received = co_await caller->rest();
    CHECK(received.empty());
  }
  const std::string no_last_chunk = co_await begun->rest();
  CHECK(no_last_chunk == "\r\n");
  // An end of the connection alone would make this answer look whole.
  (void)co_await until_close->rest();
  CHECK(until_close->end() == Caller::End::reset);
  CHECK(stage.notes == std::vector<std::string>{"cancelled"});
}

}  // namespace

TEST_CASE("abort: everything ends at once") { play(wait_for_the_end, abort_all); }

namespace {

Task<void> use_listener(Stage& stage, Listener& listener, std::uint16_t port) {
  Caller first(stage.loop, connect_to(port));
  Caller second(stage.loop, connect_to(port));
  (void)co_await first.send(kGet);
  (void)co_await second.send(kGet);
  const std::string of_first = co_await first.receive_to("GET / ");
  const std::string of_second = co_await second.receive_to("GET / ");
  CHECK(without_dates(of_first) == told("GET / "));
  CHECK(without_dates(of_second) == told("GET / "));
  CHECK(stage.server.connections() == 2);
  listener.close();
  (void)co_await second.send(kGet);
  const std::string more = co_await second.receive_to("GET / ");
  CHECK(without_dates(more) == told("GET / "));
  stage.server.drain();
  co_await stage.server.join();
  CHECK(stage.server.connections() == 0);
  const std::string end_of_first = co_await first.rest();
  CHECK(end_of_first.empty());
}

Task<void> with_listener(Stage& stage) {
  Result<Fd> socket = Listener::open(0, false);
  CHECK(socket.ok());
  if (!socket.ok()) co_return;
  const std::uint16_t port = port_of(socket->get());
  Listener listener(stage.loop, std::move(*socket));
  co_await when_all(stage.loop, stage.server.accept_from(listener), use_listener(stage, listener, port));
}

}  // namespace

TEST_CASE("connections of a listener outlive it") { play(tell, with_listener); }
