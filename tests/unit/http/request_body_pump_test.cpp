#include <doctest/doctest.h>

#include <string>

#include "async/combine.hpp"
#include "async/loop_fixture.hpp"
#include "http/request_body.hpp"

using namespace fwatchdog;

namespace {

using testing::Ends;
using testing::TestLoop;

struct Given {
  BodyFraming framing;
  std::string first;  ///< read with the head
  std::string later;
  bool caller_ends = false;
  std::uint64_t max_bytes = 0;
};

struct Seen {
  std::string piped;
  PumpEnd end;
  std::string beyond;
};

Task<void> send(Stream& caller, const Given& given) {
  (void)co_await caller.write(given.later);  // who has the whole body may have closed
  if (given.caller_ends) caller.shutdown_write();
}

Task<void> receive(Stream& pipe, std::string& all) {
  std::string room(50'000, '\0');
  for (;;) {
    const std::span<char> into(room);
    Result<std::size_t> got = co_await pipe.read(into);
    if (!got.ok() || *got == 0) co_return;
    all.append(room, 0, *got);
  }
}

Task<void> pump_and_close(RequestBody& body, Stream& server, Stream& pipe, Seen& seen) {
  seen.end = co_await body.pump_to(pipe);
  pipe.close();
  if (body.done()) {
    seen.beyond = body.beyond();
    char room[4096];
    for (Result<std::size_t> got = server.try_read(room); got.ok() && *got > 0; got = server.try_read(room))
      seen.beyond.append(room, *got);
  }
  server.close();
}

Seen pumped(const Given& given) {
  TestLoop test;
  Seen seen;
  Ends sockets = testing::socket_ends();
  Ends pipe = testing::pipe_ends();
  Stream server(test.loop, std::move(sockets.ours), true);
  Stream caller(test.loop, std::move(sockets.theirs));
  Stream sink(test.loop, std::move(pipe.theirs));
  Stream receiver(test.loop, std::move(pipe.ours));
  BufferPool buffers(kReadSize, 1);
  RequestBody body(server, buffers);
  RequestBody::Options options;
  options.framing = given.framing;
  options.max_bytes = given.max_bytes;
  body.start(options, given.first, BufferPool::Lease(), nullptr);
  test.run(when_all(test.loop, pump_and_close(body, server, sink, seen), receive(receiver, seen.piped), send(caller, given)));
  return seen;
}

Given with_length(std::uint64_t length, std::string first, std::string later) {
  Given given;
  given.framing = BodyFraming{BodyFraming::Kind::length, length};
  given.first = std::move(first);
  given.later = std::move(later);
  return given;
}

}  // namespace

TEST_CASE("pump_to: a body with a length arrives whole, and what follows it stays") {
  for (const std::size_t size : {std::size_t{0}, std::size_t{10}, std::size_t{300'000}, std::size_t{3'000'000}}) {
    CAPTURE(size);
    const std::string body = testing::pattern(size);
    const std::size_t cut = std::min<std::size_t>(size, 5'000);
    const Seen seen = pumped(with_length(size, body.substr(0, cut), body.substr(cut) + (size == 0 ? "" : "GET /")));
    CHECK(seen.end.whole());
    CHECK(seen.end.moved == size);
    CHECK((seen.piped == body));
    if (size != 0) CHECK((seen.beyond == "GET /" || seen.beyond.empty()));  // it may not have come yet
  }
}

TEST_CASE("pump_to: a chunked body is unwrapped") {
  const std::string body = testing::pattern(0x80000);
  Given given;
  given.framing = BodyFraming{BodyFraming::Kind::chunked, 0};
  given.first = "80000\r\n";
  given.later = body + "\r\n0\r\n\r\n";
  const Seen seen = pumped(given);
  CHECK(seen.end.whole());
  CHECK((seen.piped == body));
}

TEST_CASE("pump_to: a caller that ends too early is the body's error") {
  Given given = with_length(1'000'000, testing::pattern(1'000), testing::pattern(500'000));
  given.caller_ends = true;
  const Seen seen = pumped(given);
  REQUIRE(seen.end.source_error);
  CHECK(seen.end.source_error->code == Errc::end_of_stream);
  CHECK_FALSE(seen.end.sink_error);
  CHECK(seen.piped.size() == 501'000);
}

TEST_CASE("pump_to: more than is allowed is refused before it moves") {
  Given given = with_length(1'000'000, "", std::string());
  given.max_bytes = 999'999;
  const Seen seen = pumped(given);
  REQUIRE(seen.end.source_error);
  CHECK(seen.end.source_error->code == Errc::too_large);
  CHECK(seen.piped.empty());
}
