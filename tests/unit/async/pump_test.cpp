#include "async/pump.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <optional>
#include <string>
#include <vector>

#include "async/combine.hpp"
#include "async/loop_fixture.hpp"

using namespace fwatchdog;
using namespace fwatchdog::testing;

namespace {

/// Gives its pieces, then the end, or an error where one is set.
class Pieces final : public Source {
 public:
  explicit Pieces(std::vector<std::string> pieces) : pieces_(std::move(pieces)) {}
  std::optional<Error> failure;
  int reads = 0;
  Task<Result<std::string_view>> read() override {
    ++reads;
    if (at_ < pieces_.size()) co_return std::string_view(pieces_[at_++]);
    if (failure) co_return *failure;
    co_return std::string_view();
  }

 private:
  std::vector<std::string> pieces_;
  std::size_t at_ = 0;
};

/// Takes `room` bytes, then fails.
class Bounded final : public Sink {
 public:
  explicit Bounded(std::size_t room) : room_(room) {}
  std::string taken;
  Task<Result<void>> write(std::string_view bytes) override {
    if (taken.size() + bytes.size() > room_) co_return Error::system(ENOSPC, "write");
    taken += bytes;
    co_return Result<void>();
  }

 private:
  std::size_t room_;
};

Task<void> to_the_end() {
  Pieces from({"one", "two", "three"});
  Bounded to(100);
  const PumpEnd end = co_await pump(from, to);
  CHECK(end.whole());
  CHECK(end.moved == 11);
  CHECK(to.taken == "onetwothree");
}

Task<void> empty_source() {
  TextSource from("");
  Bounded to(0);
  const PumpEnd end = co_await pump(from, to);
  CHECK(end.whole());
  CHECK(end.moved == 0);
}

Task<void> source_fails() {
  Pieces from({"one", "two"});
  from.failure = Error(Errc::end_of_stream, "body");
  Bounded to(100);
  const PumpEnd end = co_await pump(from, to);
  CHECK_FALSE(end.whole());
  REQUIRE(end.source_error.has_value());
  CHECK(end.source_error->text() == "body: unexpected EOF");
  CHECK_FALSE(end.sink_error.has_value());
  CHECK(end.moved == 6);
  CHECK(to.taken == "onetwo");
}

Task<void> sink_fails() {
  Pieces from({"one", "two", "three"});
  Bounded to(7);
  const PumpEnd end = co_await pump(from, to);
  CHECK_FALSE(end.whole());
  REQUIRE(end.sink_error.has_value());
  CHECK(end.sink_error->sys == ENOSPC);
  CHECK_FALSE(end.source_error.has_value());
  CHECK(end.moved == 6);
  CHECK(from.reads == 3);  // nothing is read after the failure
}

Task<void> pump_streams(StreamSource& from, Stream& to, std::optional<PumpEnd>& end) {
  end = co_await pump(from, to);
  to.close();
}

Task<void> write_and_close(Stream& to, std::string_view bytes) {
  const Result<void> written = co_await to.write(bytes);
  CHECK(written.ok());
  to.close();
}

Task<void> take_all(Stream& from, std::string& all) {
  StreamSource source(from, 1000);
  for (;;) {
    const Result<std::string_view> piece = co_await source.read();
    if (!piece.ok() || piece->empty()) co_return;
    all += *piece;
  }
}

// From a pipe through a pump into a socket with a slow reader.
Task<void> between_streams(Loop& loop) {
  const std::string bytes = pattern(1'500'000);
  Ends pipe = pipe_ends();
  Ends sockets = socket_ends();
  Stream writer(loop, std::move(pipe.theirs));
  Stream pipe_reader(loop, std::move(pipe.ours));
  StreamSource from(pipe_reader, 16384);
  Stream to(loop, std::move(sockets.ours));
  Stream reader(loop, std::move(sockets.theirs));
  std::optional<PumpEnd> end;
  std::string all;
  co_await when_all(loop, write_and_close(writer, bytes), pump_streams(from, to, end), take_all(reader, all));
  CHECK(end->whole());
  CHECK(end->moved == bytes.size());
  CHECK((all == bytes));
}

Task<void> close_after_turns(Loop& loop, Stream& stream) {
  co_await next_turn(loop);
  stream.close();
}

// Each side is closed while the pump waits for it.
Task<void> closed_while_it_waits(Loop& loop, bool source_side) {
  Ends pipe = pipe_ends();
  Ends sockets = socket_ends();
  fill(sockets.ours.get());
  if (!source_side) CHECK(::write(pipe.theirs.get(), "x", 1) == 1);
  Stream pipe_reader(loop, std::move(pipe.ours));
  StreamSource from(pipe_reader, 16384);
  Stream to(loop, std::move(sockets.ours));
  std::optional<PumpEnd> end;
  co_await when_all(loop, pump_streams(from, to, end), close_after_turns(loop, source_side ? pipe_reader : to));
  CHECK(end->source_error.has_value() == source_side);
  CHECK(end->sink_error.has_value() != source_side);
  CHECK((source_side ? end->source_error : end->sink_error)->code == Errc::cancelled);
  CHECK(end->moved == 0);
}

}  // namespace

TEST_CASE("pump: moves everything and counts it") {
  TestLoop test;
  test.run(to_the_end());
  test.run(empty_source());
  test.run(between_streams(test.loop));
}

TEST_CASE("pump: tells which side failed") {
  TestLoop test;
  test.run(source_fails());
  test.run(sink_fails());
}

TEST_CASE("pump: ends when either side is closed while it waits") {
  TestLoop test;
  test.run(closed_while_it_waits(test.loop, true));
  test.run(closed_while_it_waits(test.loop, false));
}
