#include "async/stream.hpp"

#include <doctest/doctest.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "async/loop_fixture.hpp"
#include "async/scope.hpp"

using namespace fwatchdog;
using namespace fwatchdog::testing;

namespace {

constexpr std::size_t kLarge = 4 * 1024 * 1024;  // more than the buffers of any pipe or socket here

Task<void> write_all(Stream& stream, std::string_view bytes, Result<void>& result, bool& over) {
  result = co_await stream.write(bytes);
  over = true;
}

Task<void> write_then_close(Stream& stream, std::string_view bytes, Result<void>& result) {
  result = co_await stream.write(bytes);
  stream.close();
}

// Reads to the end in steps of `step` bytes.
Task<std::string> read_all(Stream& stream, std::size_t step) {
  std::string all;
  std::string room(step, '\0');
  for (;;) {
    const std::span<char> into(room);
    Result<std::size_t> got = co_await stream.read(into);
    if (!got.ok()) {
      CHECK(got.error().text() == "");
      co_return all;
    }
    if (*got == 0) co_return all;
    all.append(room, 0, *got);
  }
}

Task<void> small_reads(Loop& loop, bool read_first) {
  Ends ends = socket_ends();
  Stream stream(loop, std::move(ends.ours), read_first);
  CHECK(::write(ends.theirs.get(), "abcdefgh", 8) == 8);
  std::array<char, 3> small{};
  std::string all;
  for (int round = 0; round < 3; ++round) {
    const std::span<char> into(small);
    const Result<std::size_t> got = co_await stream.read(into);
    REQUIRE(got.ok());
    all.append(small.data(), *got);
  }
  CHECK(all == "abcdefgh");

  ends.theirs.reset();
  for (int round = 0; round < 2; ++round) {  // the end stays the end
    const std::span<char> into(small);
    const Result<std::size_t> got = co_await stream.read(into);
    REQUIRE(got.ok());
    CHECK(*got == 0);
  }
}

Task<void> trying(Loop& loop) {
  Ends ends = socket_ends();
  Stream stream(loop, std::move(ends.ours));
  std::array<char, 8> room{};
  Result<std::size_t> got = stream.try_read(room);
  REQUIRE_FALSE(got.ok());
  CHECK(got.error().code == Errc::system);
  CHECK(got.error().sys == EAGAIN);
  CHECK(::write(ends.theirs.get(), "0123456789", 10) == 10);
  got = stream.try_read(room);
  REQUIRE(got.ok());
  CHECK(*got == 8);
  got = stream.try_read(room);
  REQUIRE(got.ok());
  CHECK(*got == 2);
  ends.theirs.reset();
  got = stream.try_read(room);
  REQUIRE(got.ok());
  CHECK(*got == 0);
  stream.close();
  got = stream.try_read(room);
  REQUIRE_FALSE(got.ok());
  CHECK(got.error().code == Errc::cancelled);
  co_return;
}

// A read stops at urgent data (tcp(7)), behind which more may be that nobody will be told of any more.
Task<void> past_urgent_data(Loop& loop, bool ended) {
  Ends ends = tcp_ends();
  Stream stream(loop, std::move(ends.ours));
  CHECK(::send(ends.theirs.get(), "before", 6, 0) == 6);
  CHECK(::send(ends.theirs.get(), "!", 1, MSG_OOB) == 1);
  CHECK(::send(ends.theirs.get(), "behind", 6, 0) == 6);
  if (ended) ends.theirs.reset();
  std::string all;
  std::array<char, 64> room{};
  while (all.size() < 12) {
    const std::span<char> into(room);
    const Result<std::size_t> got = co_await stream.read(into);
    REQUIRE(got.ok());
    REQUIRE(*got > 0);
    all.append(room.data(), *got);
  }
  CHECK(all == "beforebehind");
}

// The writer waits until the reader, who is slow, has taken everything.
Task<void> larger_than_the_buffer(Loop& loop, Ends ends, std::size_t step) {
  const std::string bytes = pattern(kLarge);
  Stream from(loop, std::move(ends.theirs));
  Stream to(loop, std::move(ends.ours));
  Result<void> written;
  TaskScope scope(loop);
  scope.spawn(write_then_close(from, bytes, written));
  const std::string all = co_await read_all(to, step);
  co_await scope.join();
  CHECK(written.ok());
  CHECK(all.size() == bytes.size());
  CHECK((all == bytes));
}

Task<void> back_pressure(Loop& loop, const TurnCount& count) {
  const std::string bytes = pattern(kLarge);
  Ends ends = socket_ends();
  Stream from(loop, std::move(ends.theirs));
  Result<void> written;
  bool over = false;
  TaskScope scope(loop);
  scope.spawn(write_all(from, bytes, written, over));
  const int turns = co_await idle_turns(loop, count);
  CHECK(turns < kFewTurns);
  CHECK_FALSE(over);
  int waiting = 0;
  REQUIRE(::ioctl(ends.ours.get(), FIONREAD, &waiting) == 0);
  CHECK(static_cast<std::size_t>(waiting) < kLarge / 2);

  std::size_t total = 0;
  const auto drained = [&] { return (total += drain(ends.ours.get())) == kLarge; };
  const bool all = co_await until(loop, drained);
  CHECK(all);
  co_await scope.join();
  CHECK(written.ok());
}

// More pieces than one system call takes, empty ones among them.
Task<void> many_pieces(Loop& loop) {
  std::string bytes = pattern(300'000);
  std::vector<iovec> pieces;
  for (std::size_t at = 0; at < bytes.size(); at += 100) {
    pieces.push_back({bytes.data() + at, 100});
    if (at % 700 == 0) pieces.push_back({nullptr, 0});
  }
  pieces.insert(pieces.begin(), {nullptr, 0});
  REQUIRE(pieces.size() > 3000);
  Ends ends = socket_ends();
  Stream from(loop, std::move(ends.theirs));
  std::string all;
  std::string room(65536, '\0');
  TaskScope scope(loop);
  Event over(loop);
  struct Writer {
    static Task<void> run(Stream& stream, std::span<iovec> what, Event& ended) {
      const Result<void> written = co_await stream.write(what);
      CHECK(written.ok());
      ended.set();
    }
  };
  scope.spawn(Writer::run(from, pieces, over));
  const auto received = [&] {
    for (ssize_t got = 0; (got = ::read(ends.ours.get(), room.data(), room.size())) > 0;) {
      all.append(room, 0, static_cast<std::size_t>(got));
    }
    return over.happened();
  };
  const bool ended = co_await until(loop, received);
  CHECK(ended);
  (void)received();
  co_await scope.join();
  CHECK((all == bytes));
}

Task<void> nothing_to_write(Loop& loop) {
  Ends ends = socket_ends();
  Stream stream(loop, std::move(ends.ours));
  const Result<void> text = co_await stream.write("");
  CHECK(text.ok());
  std::array<iovec, 2> empty{};
  const std::span<iovec> pieces(empty);
  const Result<void> none = co_await stream.write(pieces);
  CHECK(none.ok());
  CHECK(drain(ends.theirs.get()) == 0);
}

Task<void> as_source(Loop& loop) {
  Ends ends = socket_ends();
  CHECK(::write(ends.theirs.get(), "0123456789", 10) == 10);
  ends.theirs.reset();
  Stream stream(loop, std::move(ends.ours));
  StreamSource source(stream, 6);
  std::string all;
  for (const std::size_t size : {6U, 4U, 0U, 0U}) {
    const Result<std::string_view> piece = co_await source.read();
    REQUIRE(piece.ok());
    CHECK(piece->size() == size);
    all += *piece;
  }
  CHECK(all == "0123456789");
  stream.close();
  const Result<std::string_view> closed = co_await source.read();
  CHECK(closed.error().code == Errc::cancelled);
}

Task<void> text_as_source() {
  TextSource source("all of it");
  const Result<std::string_view> whole = co_await source.read();
  CHECK(*whole == "all of it");
  for (int round = 0; round < 2; ++round) {
    const Result<std::string_view> end = co_await source.read();
    CHECK(end->empty());
  }
}

}  // namespace

TEST_CASE("stream: reads what is there, in order, to the end") {
  TestLoop test;
  test.run(small_reads(test.loop, false));
  test.run(small_reads(test.loop, true));
}

TEST_CASE("stream: try_read never waits") {
  TestLoop test;
  test.run(trying(test.loop));
}

TEST_CASE("stream: urgent data hides nothing") {
  TestLoop test;
  for (const bool ended : {false, true}) test.run(past_urgent_data(test.loop, ended));
}

TEST_CASE("stream: more than the buffers hold, to a slow reader") {
  TestLoop test;
  SUBCASE("unix socket") { test.run(larger_than_the_buffer(test.loop, socket_ends(), 1000)); }
  SUBCASE("tcp") { test.run(larger_than_the_buffer(test.loop, tcp_ends(), 3001)); }
  SUBCASE("pipe") { test.run(larger_than_the_buffer(test.loop, pipe_ends(), 777)); }
  SUBCASE("pipe in large steps") { test.run(larger_than_the_buffer(test.loop, pipe_ends(), 1 << 20)); }
}

TEST_CASE("stream: a writer waits while nobody reads") {
  TestLoop test;
  const TurnCount count(test.loop);
  test.run(back_pressure(test.loop, count));
}

TEST_CASE("stream: pieces of any number and size") {
  TestLoop test;
  test.run(many_pieces(test.loop));
  test.run(nothing_to_write(test.loop));
}

TEST_CASE("stream: as a source, and text as a source") {
  TestLoop test;
  test.run(as_source(test.loop));
  test.run(text_as_source());
}
