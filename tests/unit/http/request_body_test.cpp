#include "http/request_body.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "async/combine.hpp"
#include "support/caller.hpp"
#include "support/sockets.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;

namespace {

struct Given {
  BodyFraming framing;
  std::string first;  ///< read with the head
  std::string later;  ///< what the caller sends then
  std::uint64_t max_bytes = 0;
  bool expects_continue = false;
  bool caller_ends = false;
};

struct Seen {
  std::string body;
  std::string error;
  std::string beyond;  ///< after the body, read or not
  std::string told;    ///< to the caller
  std::string trailers;
  int times_done = 0;
  bool operator==(const Seen&) const = default;
};

Task<void> read_all(Loop& loop, const Given& given, Seen& seen) {
  SocketPair pair = unix_pair();
  Stream stream(loop, std::move(pair.server), true);
  Caller caller(loop, std::move(pair.caller));
  BufferPool buffers(4096, 1);
  RequestBody body(stream, buffers);
  RequestBody::Options options;
  options.framing = given.framing;
  options.max_bytes = given.max_bytes;
  options.expects_continue = given.expects_continue;
  (void)co_await caller.send(given.later);
  if (given.caller_ends) caller.end_sending();
  body.start(options, given.first, BufferPool::Lease(), [&seen] { ++seen.times_done; });
  for (;;) {
    Result<std::string_view> piece = co_await body.read();
    if (!piece.ok()) {
      seen.error = piece.error().text();
      CHECK(body.failed());
      CHECK_FALSE(body.done());
      Result<std::string_view> again = co_await body.read();
      CHECK_FALSE(again.ok());
      break;
    }
    if (piece->empty()) {
      CHECK(body.done());
      CHECK(body.remaining() == 0);
      Result<std::string_view> again = co_await body.read();
      CHECK(again.ok());
      for (const auto& [name, value] : body.trailers()) seen.trailers.append(name).append("=").append(value).append(";");
      break;
    }
    seen.body += *piece;
  }
  if (body.done()) {
    seen.beyond = body.beyond();
    char room[4096];
    for (Result<std::size_t> got = stream.try_read(room); got.ok() && *got > 0; got = stream.try_read(room))
      seen.beyond.append(room, *got);
  }
  stream.close();
  seen.told = co_await caller.rest();
}

Seen read(const Given& given) {
  Loop loop;
  Seen seen;
  loop.run(read_all(loop, given, seen));
  return seen;
}

BodyFraming length(std::uint64_t bytes) { return BodyFraming{BodyFraming::Kind::length, bytes}; }
constexpr BodyFraming kChunked{BodyFraming::Kind::chunked, 0};
constexpr BodyFraming kNone{BodyFraming::Kind::none, 0};

/// However the bytes are shared between what came with the head and what comes later, the same is seen.
void check_everywhere(const BodyFraming& framing, const std::string& bytes, const Seen& expected) {
  CAPTURE(bytes);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    CAPTURE(cut);
    Given given;
    given.framing = framing;
    given.first = bytes.substr(0, cut);
    given.later = bytes.substr(cut);
    given.caller_ends = true;
    const Seen seen = read(given);
    CHECK(seen.body == expected.body);
    CHECK(seen.error == expected.error);
    CHECK(seen.beyond == expected.beyond);
    CHECK(seen.trailers == expected.trailers);
    CHECK(seen.times_done == (expected.error.empty() ? 1 : 0));
    CHECK(seen.told.empty());
  }
}

Seen seen_of(std::string body, std::string beyond, std::string trailers = {}) {
  Seen seen;
  seen.body = std::move(body);
  seen.beyond = std::move(beyond);
  seen.trailers = std::move(trailers);
  return seen;
}
Seen failed_after(std::string body, std::string error) {
  Seen seen;
  seen.body = std::move(body);
  seen.error = std::move(error);
  return seen;
}

}  // namespace

TEST_CASE("a body ends where its framing says, and not a byte later") {
  check_everywhere(kNone, "GET /", seen_of("", "GET /"));
  check_everywhere(length(0), "GET /", seen_of("", "GET /"));
  check_everywhere(length(5), "helloGET /", seen_of("hello", "GET /"));
  check_everywhere(kChunked, "5\r\nhello\r\n0\r\n\r\nGET /", seen_of("hello", "GET /"));
  check_everywhere(kChunked, "0\r\n\r\n", seen_of("", ""));
  check_everywhere(kChunked, "2;e=f\r\nhe\r\n3\r\nllo\r\n0\r\nX-A: b\r\nContent-Length: 3\r\n\r\n0\r\n",
                   seen_of("hello", "0\r\n", "X-A=b;"));
}

TEST_CASE("a body that is not whole is an error") {
  check_everywhere(length(5), "hell", failed_after("hell", "unexpected EOF"));
  check_everywhere(kChunked, "5\r\nhell", failed_after("hell", "unexpected EOF"));
  check_everywhere(kChunked, "5\r\nhello\r\n0\r\n", failed_after("hello", "unexpected EOF"));
  check_everywhere(kChunked, "5\r\nhello\r\nx\r\n", failed_after("hello", "invalid byte in chunk length"));
}

TEST_CASE("max_bytes") {
  Given given;
  given.max_bytes = 5;
  given.framing = length(5);
  given.first = "hello";
  CHECK(read(given).body == "hello");
  given.framing = length(6);
  given.expects_continue = true;
  const Seen declared = read(given);
  CHECK(declared.error == "request body too large");
  CHECK(declared.body.empty());
  CHECK(declared.told.empty());  // nobody is asked for what is not wanted
  given.expects_continue = false;
  given.framing = kChunked;
  given.first = "5\r\nhello\r\n0\r\n\r\n";
  CHECK(read(given).body == "hello");
  given.first = "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n";
  CHECK(read(given).error == "request body too large");
}

TEST_CASE("the caller is told to go on when the body is wanted, once") {
  Given given;
  given.expects_continue = true;
  given.framing = length(10);
  given.first = "01234";
  given.later = "56789";
  const Seen seen = read(given);
  CHECK(seen.body == "0123456789");
  CHECK(seen.told == "HTTP/1.1 100 Continue\r\n\r\n");
  given.framing = length(0);
  given.first = given.later = "";
  CHECK(read(given).told.empty());
}

namespace {

struct Wait {
  std::string error;
  bool ended = false;
};
Task<void> read_once(RequestBody& body, Wait& wait) {
  Result<std::string_view> piece = co_await body.read();
  if (!piece.ok()) wait.error = piece.error().text();
  wait.ended = true;
}
Task<void> interrupt_soon(Loop& loop, RequestBody& body, const Wait& wait) {
  for (int i = 0; i < 3; ++i) co_await next_turn(loop);
  CHECK_FALSE(wait.ended);
  body.interrupt(Error(Errc::timed_out, "read request body"));
  body.interrupt(Error(Errc::cancelled));
}

Task<void> interrupt_read(Loop& loop) {
  SocketPair pair = unix_pair();
  Stream stream(loop, std::move(pair.server), true);
  BufferPool buffers(4096, 1);
  RequestBody body(stream, buffers);
  RequestBody::Options options;
  options.framing = length(5);
  int times_done = 0;
  body.start(options, "hel", BufferPool::Lease(), [&times_done] { ++times_done; });
  CHECK(body.remaining() == 5);
  CHECK(body.has_piece());
  Result<std::string_view> first = co_await body.read();
  CHECK(first.ok());
  CHECK(body.remaining() == 2);
  CHECK_FALSE(body.has_piece());
  Wait wait;
  co_await when_all(loop, read_once(body, wait), interrupt_soon(loop, body, wait));
  CHECK(wait.error == "read request body: timed out");  // the first one counts
  CHECK(times_done == 0);
  // The next request begins anew.
  options.framing = kNone;
  body.start(options, "", BufferPool::Lease(), [&times_done] { ++times_done; });
  body.interrupt(Error(Errc::cancelled));
  CHECK_FALSE(body.failed());
  CHECK(times_done == 1);
}

/// The caller reads nothing, so that `100 Continue` finds no room: the wait for that must end as well.
Task<void> interrupt_continue(Loop& loop) {
  SocketPair pair = unix_pair();
  const std::string filler(4096, 'f');
  while (::send(pair.server.get(), filler.data(), filler.size(), MSG_DONTWAIT) > 0) {
  }
  while (::send(pair.server.get(), filler.data(), 1, MSG_DONTWAIT) > 0) {
  }
  Stream stream(loop, std::move(pair.server), true);
  Caller caller(loop, std::move(pair.caller));
  BufferPool buffers(4096, 1);
  RequestBody body(stream, buffers);
  RequestBody::Options options;
  options.framing = length(5);
  options.expects_continue = true;
  body.start(options, "", BufferPool::Lease(), [] {});
  Wait wait;
  TaskScope scope(loop);
  scope.spawn(read_once(body, wait));
  co_await interrupt_soon(loop, body, wait);
  while (!wait.ended) (void)co_await caller.receive_more();
  co_await scope.join();
  CHECK(wait.error == "read request body: timed out");
}

}  // namespace

TEST_CASE("a read that waits is ended by interrupt()") {
  Loop loop;
  loop.run(interrupt_read(loop));
}

TEST_CASE("a read that waits to say that the caller may go on is ended as well") {
  Loop loop;
  loop.run(interrupt_continue(loop));
}

TEST_CASE("what to tell the sender of a broken body") {
  CHECK(status_of_body_error(Error(Errc::invalid, "x")) == 400);
  CHECK(status_of_body_error(Error(Errc::end_of_stream)) == 400);
  CHECK(status_of_body_error(Error(Errc::cancelled)) == 400);
  CHECK(status_of_body_error(Error(Errc::timed_out)) == 408);
  CHECK(status_of_body_error(Error(Errc::too_large)) == 413);
}
