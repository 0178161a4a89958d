#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "async/combine.hpp"
#include "async/loop_fixture.hpp"
#include "async/stream.hpp"

using namespace fwatchdog;
using namespace fwatchdog::testing;

namespace {

constexpr std::size_t kLarge = 4 * 1024 * 1024;  // more than the buffers of any pipe or socket here

/// A socket pair and a pipe.
struct Route {
  explicit Route(Loop& loop) : Route(loop, socket_ends(), pipe_ends()) {}
  Route(Loop& loop, Ends sockets, Ends pipe)
      : sender(loop, std::move(sockets.theirs)),
        source(loop, std::move(sockets.ours)),
        sink(loop, std::move(pipe.theirs)),
        receiver(loop, std::move(pipe.ours)) {}
  Stream sender, source, sink, receiver;
};

Task<void> send_and_close(Stream& stream, std::string_view bytes) {
  Result<void> sent = co_await stream.write(bytes);
  CHECK(sent.ok());
  stream.close();
}

Task<void> receive(Stream& stream, std::string& all) {
  std::string room(50'000, '\0');
  for (;;) {
    const std::span<char> into(room);
    Result<std::size_t> got = co_await stream.read(into);
    REQUIRE(got.ok());
    if (*got == 0) co_return;
    all.append(room, 0, *got);
  }
}

Task<void> splice_all(Stream& from, Stream& to, std::uint64_t& moved) {
  for (;;) {
    PumpEnd step = co_await from.splice_to(to, std::numeric_limits<std::uint64_t>::max());
    CHECK(step.whole());
    moved += step.moved;
    if (step.moved == 0) break;
  }
  to.close();
}

Task<void> splice_once(Stream& from, Stream& to, std::uint64_t most, PumpEnd& end) { end = co_await from.splice_to(to, most); }

Task<void> close_later(Loop& loop, Stream& stream) {
  co_await next_turn(loop);
  stream.close();
}

}  // namespace

TEST_CASE("splice_to: all bytes arrive in order, also when neither side is ready") {
  TestLoop test;
  const std::string sent = pattern(kLarge);
  std::string got;
  std::uint64_t moved = 0;
  {
    Route route(test.loop);
    route.receiver.widen_pipe();
    test.loop.run(when_all(test.loop, splice_all(route.source, route.sink, moved), receive(route.receiver, got),
                           send_and_close(route.sender, sent)));
  }
  CHECK(moved == sent.size());
  CHECK((got == sent));
}

TEST_CASE("widen_pipe: a few hold much more, all others more") {
  const Ends trial = pipe_ends();
  if (::fcntl(trial.ours.get(), F_SETPIPE_SZ, 1024 * 1024) < 0) return;  // not everybody may have such pipes
  TestLoop test;
  std::vector<std::unique_ptr<Stream>> pipes;
  const auto widened = [&] {
    pipes.push_back(std::make_unique<Stream>(test.loop, pipe_ends().ours));
    pipes.back()->widen_pipe();
    pipes.back()->widen_pipe();  // again changes nothing
    return ::fcntl(pipes.back()->fd(), F_GETPIPE_SZ);
  };
  for (int i = 0; i < 4; ++i) CHECK(widened() == 1024 * 1024);
  CHECK(widened() == 256 * 1024);
  pipes.front()->close();
  CHECK(widened() == 1024 * 1024);
  CHECK(widened() == 256 * 1024);
}

TEST_CASE("splice_to: never more than asked for") {
  TestLoop test;
  PumpEnd end;
  Route route(test.loop);
  REQUIRE(::send(route.sender.fd(), "abcdef", 6, 0) == 6);
  test.loop.run(splice_once(route.source, route.sink, 4, end));
  CHECK(end.whole());
  CHECK(end.moved == 4);
  CHECK(route.sink.written() == 4);
}

TEST_CASE("splice_to: a pipe that nobody reads is the sink's error") {
  TestLoop test;
  PumpEnd end;
  Route route(test.loop);
  REQUIRE(::send(route.sender.fd(), "abc", 3, 0) == 3);
  route.receiver.close();
  test.loop.run(splice_once(route.source, route.sink, 3, end));
  REQUIRE(end.sink_error);
  CHECK(end.sink_error->sys == EPIPE);
  CHECK_FALSE(end.source_error);
}

TEST_CASE("splice_to: a close of either side ends the wait") {
  for (const bool close_source : {true, false}) {
    CAPTURE(close_source);
    TestLoop test;
    PumpEnd end;
    Route route(test.loop);
    if (!close_source) {
      CHECK(fill(route.sink.fd()) > 0);
      REQUIRE(::send(route.sender.fd(), "abc", 3, 0) == 3);
    }
    Stream& closed = close_source ? route.source : route.sink;
    test.loop.run(when_all(test.loop, splice_once(route.source, route.sink, 3, end), close_later(test.loop, closed)));
    const std::optional<Error>& error = close_source ? end.source_error : end.sink_error;
    REQUIRE(error);
    CHECK(error->code == Errc::cancelled);
  }
}

TEST_CASE("splice_to: two sockets cannot be joined, and nothing is lost by trying") {
  TestLoop test;
  PumpEnd end;
  Route route(test.loop);
  Route other(test.loop);
  REQUIRE(::send(route.sender.fd(), "abc", 3, 0) == 3);
  test.loop.run(splice_once(route.source, other.sender, 3, end));
  REQUIRE(end.source_error);
  CHECK(end.source_error->code == Errc::unsupported);
  char byte[4];
  CHECK(::recv(route.source.fd(), byte, sizeof byte, 0) == 3);
}
