#include "http/client_connection.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <string_view>

#include "async/combine.hpp"
#include "support/caller.hpp"
#include "support/sockets.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;

namespace {

enum class Pace { at_once, bytewise };

/// What a connection made of an answer.
struct Heard {
  std::string heads;   ///< status and reason of each head, one line each
  std::string fields;  ///< of the last head
  std::string body;
  std::string trailers;
  std::string error;  ///< of the head or of the body, whichever failed
  Errc code = Errc::invalid;
  bool whole = false;
  bool reusable = false;
};

Task<void> hear(ClientConnection& connection, std::string_view method, Heard& heard) {
  connection.begin(method);
  for (;;) {
    Result<ResponseHead> head = co_await connection.read_head();
    if (!head.ok()) {
      heard.error = head.error().text();
      heard.code = head.error().code;
      co_return;
    }
    heard.heads += std::to_string(head->status) + " " + std::string(head->reason) + "\n";
    heard.fields.clear();
    for (const Field& field : *head->headers) heard.fields.append(field.name).append("=").append(field.value).append("\n");
    if (head->status >= 200 || head->status == 101) break;
  }
  for (;;) {
    Result<std::string_view> piece = co_await connection.read_body();
    if (!piece.ok()) {
      heard.error = piece.error().text();
      heard.code = piece.error().code;
      co_return;
    }
    if (piece->empty()) break;
    heard.body += *piece;
  }
  for (const auto& [name, value] : connection.trailers()) heard.trailers.append(name).append("=").append(value).append("\n");
  heard.whole = true;
  heard.reusable = connection.reusable();
}

Task<void> say(Caller& peer, std::string_view text, Pace pace, bool end) {
  if (pace == Pace::at_once) {
    (void)co_await peer.send(text);  // refused before its end, maybe
  } else {
    (void)co_await peer.send_bytewise(text);
  }
  if (end) peer.end_sending();
}

Task<void> hear_and_close(ClientConnection& connection, std::string_view method, Heard& heard) {
  co_await hear(connection, method, heard);
  connection.close();
}

Task<void> exchange(Loop& loop, std::string_view method, std::string_view text, Pace pace, Heard& heard) {
  SocketPair pair = unix_pair();
  BufferPool buffers(4096, 1);
  ClientConnection connection(loop, std::move(pair.server), buffers);
  Caller peer(loop, std::move(pair.caller));
  co_await when_all(loop, say(peer, text, pace, true), hear_and_close(connection, method, heard));
}

Heard heard(std::string_view text, Pace pace, std::string_view method = "GET") {
  Loop loop;
  Heard result;
  loop.run(exchange(loop, method, text, pace, result));
  return result;
}

}  // namespace

TEST_CASE("answers, their bodies and what becomes of the connection") {
  struct Row {
    std::string_view method, text, heads, fields, body, trailers;
    bool reusable;
  };
  const Row rows[] = {
      {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nA:  b \r\n\r\nhello", "200 OK\n", "Content-Length=5\nA=b\n", "hello", "",
       true},
      {"GET", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", "200 \n", "Content-Length=0\n", "", "", true},
      {"GET", "HTTP/1.1 404 Not  Found\r\nContent-Length: 1\r\nConnection: x, Close\r\n\r\n!", "404 Not  Found\n",
       "Content-Length=1\nConnection=x, Close\n", "!", "", false},
      {"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;e\r\nabc\r\n02\r\nde\r\n0\r\nT: u\r\n\r\n", "200 OK\n",
       "Transfer-Encoding=chunked\n", "abcde", "T=u\n", true},
      {"GET", "HTTP/1.1 200 OK\r\n\r\nto the end", "200 OK\n", "", "to the end", "", false},
      {"GET", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", "200 OK\n", "Content-Length=2\n", "ok", "", false},
      {"GET", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok", "200 OK\n",
       "Content-Length=2\nConnection=keep-alive\n", "ok", "", true},
      {"GET", "HTTP/1.1 103 E\r\nL: m\r\n\r\nHTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
       "103 E\n100 C\n200 OK\n", "Content-Length=1\n", "x", "", true},
      {"GET", "HTTP/1.1 204 No\r\nContent-Length: 9\r\n\r\n", "204 No\n", "Content-Length=9\n", "", "", true},
      {"GET", "HTTP/1.1 304 Not\r\n\r\n", "304 Not\n", "", "", "", true},
      {"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "200 OK\n", "Content-Length=9\n", "", "", true},
      {"HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "200 OK\n", "Transfer-Encoding=chunked\n", "", "", true},
      // What follows the answer is nobody's: the connection cannot be used again.
      {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n", "200 OK\n", "Content-Length=2\n", "ok", "",
       false},
  };
  for (const Row& row : rows) {
    for (const Pace pace : {Pace::at_once, Pace::bytewise}) {
      CAPTURE(row.text);
      const Heard result = heard(row.text, pace, row.method);
      CHECK(result.whole);
      CHECK(result.heads == row.heads);
      CHECK(result.fields == row.fields);
      CHECK(result.body == row.body);
      CHECK(result.trailers == row.trailers);
      if (pace == Pace::at_once) CHECK(result.reusable == row.reusable);
    }
  }
}

TEST_CASE("an answer that is cut at any byte is never whole") {
  for (const std::string_view text : {"HTTP/1.1 103 E\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
                                      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nT: u\r\n\r\n"}) {
    for (std::size_t size = 0; size < std::string_view(text).size(); ++size) {
      const std::string_view part = std::string_view(text).substr(0, size);
      CAPTURE(part);
      const Heard result = heard(part, Pace::at_once);
      CHECK_FALSE(result.whole);
      CHECK(result.code == Errc::end_of_stream);
    }
    CHECK(heard(text, Pace::at_once).whole);
  }
}

TEST_CASE("answers that break a rule") {
  for (const std::string_view text :
       {"ok\r\n\r\n", "HTTP/2.0 200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 200 OK\nA: b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA : b\r\n\r\n", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n"}) {
    for (const Pace pace : {Pace::at_once, Pace::bytewise}) {
      CAPTURE(text);
      const Heard result = heard(text, pace);
      CHECK_FALSE(result.whole);
      CHECK(result.code == Errc::invalid);
      CHECK_FALSE(result.error.empty());
    }
  }
}

TEST_CASE("a head larger than the limit is refused, one below it is not") {
  const std::string large = "HTTP/1.1 200 OK\r\nA: " + std::string(900'000, 'a') + "\r\nContent-Length: 2\r\n\r\nok";
  CHECK(heard(large, Pace::at_once).body == "ok");
  const std::string too_large = "HTTP/1.1 200 OK\r\nA: " + std::string(1'200'000, 'a') + "\r\n\r\n";
  const Heard refused = heard(too_large, Pace::at_once);
  CHECK(refused.code == Errc::invalid);
  CHECK(refused.error == "malformed HTTP response: its head is too large");
}

namespace {

/// Several exchanges on one connection; between them it is idle and watched.
Task<void> exchanges(Loop& loop) {
  SocketPair pair = unix_pair();
  BufferPool buffers(4096, 1);
  ClientConnection connection(loop, std::move(pair.server), buffers);
  Caller peer(loop, std::move(pair.caller));
  bool gone = false;
  for (int turn = 0; turn < 3; ++turn) {
    const std::string ask = "GET /" + std::to_string(turn) + "\r\n";
    Result<void> asked = co_await connection.write(ask);
    CHECK(asked.ok());
    const std::string seen = co_await peer.receive_to("\r\n");
    CHECK(seen == ask);
    Heard result;
    co_await when_all(
        loop, say(peer, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nT: u\r\n\r\n", Pace::at_once, false),
        hear(connection, "GET", result));
    CHECK(result.whole);
    CHECK(result.trailers == "T=u\n");
    CHECK(connection.reusable());
    CHECK(connection.alive_now());
    connection.watch_idle([&gone](ClientConnection&) { gone = true; });
    co_await next_turn(loop);
    CHECK_FALSE(gone);
    connection.unwatch_idle();
  }
  connection.watch_idle([&gone](ClientConnection&) { gone = true; });
  peer.close();
  const std::function<bool()> is_gone = [&gone] { return gone; };
  const bool noticed = co_await until(loop, is_gone);
  CHECK(noticed);
  CHECK_FALSE(connection.alive_now());
}

/// The peer goes before or after it has read what was sent.
Task<void> resets(Loop& loop, bool reads, bool& reset) {
  SocketPair pair = tcp_pair();
  BufferPool buffers(4096, 1);
  ClientConnection connection(loop, std::move(pair.server), buffers);
  Caller peer(loop, std::move(pair.caller));
  connection.begin("POST");
  Result<void> written = co_await connection.write("a request");
  CHECK(written.ok());
  if (reads) {
    const std::string seen = co_await peer.receive_to("a request");
    CHECK(seen == "a request");
  }
  peer.close();
  Result<ResponseHead> head = co_await connection.read_head();
  CHECK_FALSE(head.ok());
  if (!head.ok()) reset = connection.was_reset(head.error());
}

/// The peer has closed before anything was sent.
Task<void> closed_before(Loop& loop, bool& reset) {
  SocketPair pair = tcp_pair();
  BufferPool buffers(4096, 1);
  ClientConnection connection(loop, std::move(pair.server), buffers);
  pair.caller.reset();
  connection.begin("POST");
  (void)co_await connection.write("a request");  // may find the end already
  Result<ResponseHead> head = co_await connection.read_head();
  CHECK_FALSE(head.ok());
  if (!head.ok()) reset = connection.was_reset(head.error());
}

}  // namespace

TEST_CASE("one connection serves many exchanges and tells when its peer leaves") {
  Loop loop;
  loop.run(exchanges(loop));
}

TEST_CASE("a reset tells that nobody has read the request") {
  for (const bool reads : {false, true}) {
    Loop loop;
    bool reset = false;
    loop.run(resets(loop, reads, reset));
    CHECK(reset == !reads);
  }
  Loop loop;
  bool reset = false;
  loop.run(closed_before(loop, reset));
  CHECK(reset);
}
