#include "http/server_connection.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "support/stage.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;
using namespace std::string_view_literals;

namespace {

/// What is sent over one connection and all that comes back.
struct Row {
  std::string sent, received;
};

void check(Stage::Behaviour behaviour, const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    CAPTURE(row.sent);
    CHECK(talk(behaviour, row.sent).received == row.received);
    CHECK(talk(behaviour, row.sent, Pace::bytewise).received == row.received);
  }
}

}  // namespace

TEST_CASE("requests and their answers on one connection") {
  check(tell,
        {
            {"GET /a HTTP/1.1\r\nHost: h\r\n\r\n", told("GET /a ")},
            {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello", told("POST /a hello")},
            {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", told("POST /a ")},
            {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello", told("POST /a hello")},
            {"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", told("POST /a hello")},
            {"POST /a HTTP/1.1\r\nHost: h\r\ntransfer-encoding: CHUNKED\r\n\r\n0\r\n\r\n", told("POST /a ")},
            {"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
             "2;x=y\r\nhe\r\n003\r\nllo\r\n0\r\nX-Trailer: t\r\nX-More: u\r\n\r\n",
             told("POST /a hello")},
            {"PURGE /a;b?c=%2F HTTP/1.1\r\nHost: h\r\n\r\n", told("PURGE /a;b?c=%2F ")},
            {"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", told("OPTIONS * ")},
            {"GET http://other/x?y HTTP/1.1\r\nHost: h\r\n\r\n", told("GET http://other/x?y ")},
            {"GET /a HTTP/1.1\r\nHost:\r\n\r\n", told("GET /a ")},
            // The end of a connection where no request has begun is no request.
            {"", ""},
            {"GET /a HTTP/1.1\r\nHo", ""},
        });
}

TEST_CASE("pipelined requests are answered in order") {
  const std::string get = "GET /g HTTP/1.1\r\nHost: h\r\n\r\n";
  const std::string post = "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";
  const std::string chunked = "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n0\r\nX-T: 1\r\n\r\n";
  const std::string told_get = told("GET /g "), told_post = told("POST /p abc"), told_chunked = told("POST /c de");
  check(tell, {
                  {get + get + get, told_get + told_get + told_get},
                  {post + get, told_post + told_get},
                  {chunked + get, told_chunked + told_get},
                  {get + chunked + post + chunked + chunked + post + get,
                   told_get + told_chunked + told_post + told_chunked + told_chunked + told_post + told_get},
                  {get + "GET /part HTT", told_get},
                  {get + "junk\r\n\r\n" + get, told_get + refused("400 Bad Request: malformed request line")},
              });
}

TEST_CASE("how long a connection is kept is said by the caller's version and its Connection field") {
  const std::string again = "GET /2 HTTP/1.1\r\nHost: h\r\n\r\n";
  const std::string again10 = "GET /2 HTTP/1.0\r\n\r\n";
  check(tell,
        {
            {"GET /1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n" + again, told("GET /1 ", "close")},
            {"GET /1 HTTP/1.1\r\nHost: h\r\nConnection: foo, Close\r\n\r\n" + again, told("GET /1 ", "close")},
            {"GET /1 HTTP/1.1\r\nHost: h\r\nConnection: foo\r\nConnection: close\r\n\r\n" + again, told("GET /1 ", "close")},
            {"GET /1 HTTP/1.1\r\nHost: h\r\nConnection: closed\r\n\r\n" + again, told("GET /1 ") + told("GET /2 ")},
            {"GET /1 HTTP/1.1\r\nHost: h\r\nConnection: keep-alive\r\n\r\n" + again, told("GET /1 ") + told("GET /2 ")},
            {"GET /1 HTTP/1.0\r\n\r\n" + again, told("GET /1 ", "close", 0)},
            {"GET /1 HTTP/1.0\r\nHost: h\r\nConnection: foo\r\n\r\n" + again, told("GET /1 ", "close", 0)},
            {"GET /1 HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n" + again10,
             told("GET /1 ", "keep-alive", 0) + told("GET /2 ", "close", 0)},
            {"GET /1 HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n" + again10, told("GET /1 ", "close", 0)},
            {"POST /1 HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi" + again10,
             told("POST /1 hi", "keep-alive", 0) + told("GET /2 ", "close", 0)},
            // HTTP/1.7 is HTTP/1.1 to those who know no more.
            {"GET /1 HTTP/1.7\r\nHost: h\r\n\r\n" + again, told("GET /1 ") + told("GET /2 ")},
        });
}

namespace {

/// Answers in two pieces whose number is not told before, with a trailer.
Task<void> stream_two(Stage&, Request& request, ResponseWriter& response) {
  (void)co_await whole_body(request);
  response.add_field("Content-Type", "a/b");
  response.begin(std::nullopt);
  (void)co_await response.write("hello ");
  (void)co_await response.write("");
  (void)co_await response.write("you");
  response.add_trailer("X-End", "yes");
  (void)co_await response.finish();
}

}  // namespace

TEST_CASE("an answer of unknown length is chunked, or ends with the connection") {
  const std::string chunked =
      "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello \r\n3\r\nyou\r\n0\r\nX-End: "
      "yes\r\n\r\n";
  const std::string until_close = "HTTP/1.0 200 OK\r\nContent-Type: a/b\r\nConnection: close\r\n\r\nhello you";
  check(stream_two, {
                        {"GET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", chunked + chunked},
                        {"GET / HTTP/1.0\r\n\r\n", until_close},
                        {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\n", until_close},
                        // No body, no framing, and so nothing against keeping the connection.
                        {"HEAD / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n",
                         "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\n\r\n" + chunked},
                    });
}

namespace {

/// The status is the path, the body always the same.
Task<void> answer_status(Stage&, Request& request, ResponseWriter& response) {
  response.set_status(std::stoi(std::string(request.target.path.substr(1))));
  (void)co_await response.send("<html>"sv);
}

}  // namespace

TEST_CASE("answers without a body") {
  const std::string next = "GET /200 HTTP/1.1\r\nHost: h\r\n\r\n";
  const std::string then = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 6\r\n\r\n<html>";
  check(answer_status, {
                           {"HEAD /200 HTTP/1.1\r\nHost: h\r\n\r\n" + next,
                            "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 6\r\n\r\n" + then},
                           {"HEAD /404 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + next,
                            "HTTP/1.0 404 Not Found\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: "
                            "6\r\nConnection: keep-alive\r\n\r\n" +
                                then},
                           {"GET /204 HTTP/1.1\r\nHost: h\r\n\r\n" + next, "HTTP/1.1 204 No Content\r\n\r\n" + then},
                           {"GET /304 HTTP/1.1\r\nHost: h\r\n\r\n" + next, "HTTP/1.1 304 Not Modified\r\n\r\n" + then},
                           {"GET /299 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
                            "HTTP/1.1 299 Status\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 6\r\nConnection: "
                            "close\r\n\r\n<html>"},
                       });
}

namespace {

Task<void> ignore(Stage&, Request&, ResponseWriter& response) { (void)co_await response.send("x"sv); }

}  // namespace

TEST_CASE("Expect: 100-continue is answered when the body is wanted, and only then") {
  const std::string continues = "HTTP/1.1 100 Continue\r\n\r\n";
  const std::string expects = "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello";
  const std::string get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  check(tell, {
                  {expects + get, continues + told("POST / hello") + told("GET / ")},
                  {"POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
                   continues + told("POST / x")},
                  {"POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n" + get,
                   told("POST / ") + told("GET / ")},
                  {"POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello", told("POST / hello", "close", 0)},
                  {"POST / HTTP/1.1\r\nHost: h\r\nExpect: 200-ok\r\nContent-Length: 5\r\n\r\nhello" + get,
                   refused("417 Expectation Failed", "")},
                  {"POST / HTTP/1.0\r\nExpect: anything\r\nContent-Length: 5\r\n\r\nhello", told("POST / hello", "close", 0)},
              });
  // What the caller was not asked for it may send or not: the connection cannot be kept.
  const std::string unread =
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx";
  check(ignore, {{expects + get, unread}});
  CHECK(talk(tell, expects.substr(0, expects.size() - 5)).received ==
        continues +
            "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 14\r\nConnection: "
            "close\r\n\r\nunexpected EOF");
}

TEST_CASE("a small body that nobody read is forgotten; a large one ends the connection") {
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: ";
  const std::string get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  const std::string kept = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 1\r\n\r\nx";
  const std::string closed =
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx";
  const std::string small(1000, 's'), most(256 * 1024, 'm'), large(256 * 1024 + 1, 'l'), huge(8 << 20, 'h');
  CHECK(talk(ignore, head + "1000\r\n\r\n" + small + get).received == kept + kept);
  CHECK(talk(ignore, head + std::to_string(most.size()) + "\r\n\r\n" + most + get).received == kept + kept);
  CHECK(talk(ignore, head + std::to_string(large.size()) + "\r\n\r\n" + large + get).received == closed);
  // The caller has the answer although it goes on sending.
  CHECK(talk(ignore, head + std::to_string(huge.size()) + "\r\n\r\n" + huge).received == closed);
  const std::string chunked = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  CHECK(talk(ignore, chunked + "3e8\r\n" + small + "\r\n0\r\n\r\n" + get).received == kept + kept);
  CHECK(talk(ignore, chunked + "800000\r\n" + huge + "\r\n0\r\n\r\n" + get).received == kept);
}

TEST_CASE("a body whose end does not come is an error to the handler, and the connection ends") {
  const auto broken = [](std::string_view text) {
    return "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: " +
           std::to_string(text.size()) + "\r\nConnection: close\r\n\r\n" + std::string(text);
  };
  check(tell,
        {
            {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhell", broken("unexpected EOF")},
            {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", broken("unexpected EOF")},
            {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", broken("unexpected EOF")},
            {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nx\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n",
             broken("invalid byte in chunk length")},
        });
}

TEST_CASE("max_body_bytes") {
  ServerLimits limits;
  limits.max_body_bytes = 5;
  const std::string get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  const std::string too_large =
      "HTTP/1.1 413 Request Entity Too Large\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 22\r\nConnection: "
      "close\r\n\r\n"
      "request body too large";
  const std::vector<Row> rows = {
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello" + get, told("POST / hello") + told("GET / ")},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\nhello!" + get, too_large},
      // Where the length is known nothing is asked for.
      {"POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 6\r\n\r\n", too_large},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", told("POST / hello")},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n3\r\nlo!\r\n0\r\n\r\n" + get, too_large},
  };
  for (const Row& row : rows) {
    CAPTURE(row.sent);
    CHECK(talk(tell, row.sent, Pace::at_once, limits).received == row.received);
    CHECK(talk(tell, row.sent, Pace::bytewise, limits).received == row.received);
  }
}

namespace {

Task<void> say_nothing(Stage&, Request&, ResponseWriter& response) {
  response.set_status(201);
  response.add_field("X-Lost", "1");
  co_return;
}
Task<void> begin_only(Stage&, Request&, ResponseWriter& response) {
  response.begin(10);
  co_return;
}
Task<void> declare_less(Stage& stage, Request&, ResponseWriter& response) {
  response.begin(3);
  Result<void> written = co_await response.write("four");
  stage.notes.push_back(written.ok() ? "" : written.error().text());
}
Task<void> write_some(Stage& stage, Request& request, ResponseWriter& response) {
  if (request.target.path == "/length") {
    response.begin(10);
  } else {
    response.begin(std::nullopt);
  }
  response.add_field("Content-Type", "a/b");
  (void)co_await response.write("some");
  if (request.target.has_query) {
    Result<void> finished = co_await response.finish();
    stage.notes.push_back(finished.ok() ? "" : finished.error().text());
  }
}

}  // namespace

TEST_CASE("a handler that ends without an answer") {
  const std::string get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  const std::string failed = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n";
  check(say_nothing,
        {{get + get, failed + failed},
         {"HEAD / HTTP/1.0\r\n\r\n", "HTTP/1.0 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"}});
  // Begun, but nothing of it was sent: an empty reply would tell the caller nothing.
  check(begin_only, {{get, failed}});
  check(declare_less, {{get, failed}});
}

TEST_CASE("an answer that was begun and not finished is visibly cut") {
  const std::string get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  check(write_some, {
                        {get + get, "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n"},
                        {"GET /length HTTP/1.1\r\nHost: h\r\n\r\n" + get,
                         "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 10\r\n\r\nsome"},
                        {"GET /length?finish HTTP/1.1\r\nHost: h\r\n\r\n" + get,
                         "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 10\r\n\r\nsome"},
                    });
  const Exchange less = talk(declare_less, get);
  CHECK(less.notes == std::vector<std::string>{"more bytes than the declared length"});
  const Exchange more = talk(write_some, "GET /length?finish HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(more.notes == std::vector<std::string>{"fewer bytes than the declared length"});
}

namespace {

Task<void> cut_until_close(Stage& stage) {
  const std::unique_ptr<Caller> caller = stage.call_tcp();
  (void)co_await caller->send("GET / HTTP/1.0\r\n\r\n");
  (void)co_await caller->rest();
  CHECK(caller->end() == Caller::End::reset);
}

Task<void> unread_bytes_behind_the_answer(Stage& stage) {
  const std::unique_ptr<Caller> caller = stage.call_tcp();
  const std::string much(300'000, 'x');
  (void)co_await caller->send("GET / HTTP/1.0\r\n\r\n" + much);
  const std::string received = co_await caller->rest();
  CHECK(without_dates(received) == told("GET / ", "close", 0));
  CHECK(caller->end() == Caller::End::ended);
}

}  // namespace

TEST_CASE("an answer that ends with the connection is cut by a reset") { play(write_some, cut_until_close); }

TEST_CASE("what a caller sends behind its last request does not take the answer from it") {
  play(tell, unread_bytes_behind_the_answer);
}

namespace {

Task<void> hint_then_answer(Stage&, Request&, ResponseWriter& response) {
  response.add_field("Link", "</s.css>; rel=preload");
  (void)co_await response.send_interim(103);
  (void)co_await response.send("done"sv);
}

}  // namespace

TEST_CASE("interim answers go before the answer, not to HTTP/1.0") {
  CHECK(talk(hint_then_answer, "GET / HTTP/1.1\r\nHost: h\r\n\r\n").received ==
        "HTTP/1.1 103 Early Hints\r\nLink: </s.css>; rel=preload\r\n\r\n"
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 4\r\n\r\ndone");
  CHECK(talk(hint_then_answer, "GET / HTTP/1.0\r\n\r\n").received ==
        "HTTP/1.0 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 4\r\nConnection: close\r\n\r\ndone");
}
