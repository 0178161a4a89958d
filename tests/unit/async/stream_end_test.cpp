// How a stream ends: closed on this side while somebody waits, gone on the other side, reset; and files that are sent.
#include <doctest/doctest.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <string>

#include "async/loop_fixture.hpp"
#include "async/scope.hpp"
#include "async/stream.hpp"

using namespace fwatchdog;
using namespace fwatchdog::testing;

namespace {

constexpr std::size_t kLarge = 4 * 1024 * 1024;

Task<void> read_once(Stream& stream, std::optional<Result<std::size_t>>& result) {
  std::array<char, 100> room{};
  const std::span<char> into(room);
  result = co_await stream.read(into);
}

Task<void> write_large(Stream& stream, std::optional<Result<void>>& result) {
  const std::string bytes(kLarge, 'w');
  result = co_await stream.write(bytes);
}

Task<void> send_whole(Stream& stream, int file, std::uint64_t offset, std::uint64_t length, std::optional<Result<void>>& result) {
  result = co_await stream.send_file(file, offset, length);
}

Task<void> close_while_both_wait(Loop& loop, Ends ends, bool reset) {
  Stream stream(loop, std::move(ends.ours));
  std::optional<Result<std::size_t>> read;
  std::optional<Result<void>> written;
  TaskScope scope(loop);
  scope.spawn(read_once(stream, read));
  scope.spawn(write_large(stream, written));
  co_await next_turn(loop);
  CHECK_FALSE(read.has_value());
  CHECK_FALSE(written.has_value());
  CHECK_FALSE(stream.closed());
  reset ? stream.reset() : stream.close();
  CHECK(stream.closed());
  CHECK_FALSE(read.has_value());  // never inside of the call
  stream.close();
  stream.reset();
  stream.shutdown_write();
  co_await scope.join();
  REQUIRE(read.has_value());
  CHECK(read->error().code == Errc::cancelled);
  REQUIRE(written.has_value());
  CHECK(written->error().code == Errc::cancelled);

  std::optional<Result<std::size_t>> later;
  co_await read_once(stream, later);
  CHECK(later->error().code == Errc::cancelled);
  std::optional<Result<void>> later_write;
  co_await write_large(stream, later_write);
  CHECK(later_write->error().code == Errc::cancelled);
}

Task<void> peer_gone(Loop& loop, Ends ends) {
  Stream stream(loop, std::move(ends.theirs));
  ends.ours.reset();
  std::optional<Result<void>> written;
  co_await write_large(stream, written);
  REQUIRE_FALSE(written->ok());
  CHECK(written->error().code == Errc::system);
  // A TCP peer that is gone may answer the first bytes with a reset.
  const bool expected = written->error().sys == EPIPE || written->error().sys == ECONNRESET;
  CHECK(expected);
}

// The writer already waits when the reader goes.
Task<void> peer_leaves_a_waiting_writer(Loop& loop, Ends ends) {
  Stream stream(loop, std::move(ends.theirs));
  std::optional<Result<void>> written;
  TaskScope scope(loop);
  scope.spawn(write_large(stream, written));
  co_await next_turn(loop);
  CHECK_FALSE(written.has_value());
  ends.ours.reset();
  co_await scope.join();
  CHECK(written->error().code == Errc::system);
  const bool expected = written->error().sys == EPIPE || written->error().sys == ECONNRESET;
  CHECK(expected);
}

Task<void> half_closed(Loop& loop) {
  Ends ends = tcp_ends();
  Stream ours(loop, std::move(ends.ours));
  Stream theirs(loop, std::move(ends.theirs));
  const Result<void> written = co_await ours.write("last words");
  CHECK(written.ok());
  ours.shutdown_write();
  std::optional<Result<std::size_t>> got;
  co_await read_once(theirs, got);
  CHECK(**got == 10);
  co_await read_once(theirs, got);
  CHECK(**got == 0);
  const Result<void> answer = co_await theirs.write("heard");  // the other direction is still open
  CHECK(answer.ok());
  co_await read_once(ours, got);
  CHECK(**got == 5);
}

Task<void> reset_is_seen(Loop& loop) {
  Ends ends = tcp_ends();
  Stream ours(loop, std::move(ends.ours));
  Stream theirs(loop, std::move(ends.theirs));
  std::optional<Result<std::size_t>> got;
  TaskScope scope(loop);
  scope.spawn(read_once(theirs, got));
  co_await next_turn(loop);
  ours.reset();
  co_await scope.join();
  REQUIRE_FALSE(got->ok());
  CHECK(got->error().code == Errc::system);
  CHECK(got->error().sys == ECONNRESET);
  CHECK(got->error().text() == "read: connection reset by peer");
}

/// A file without a name.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& bytes) : file_(std::tmpfile()) {
    REQUIRE(file_ != nullptr);
    REQUIRE(std::fwrite(bytes.data(), 1, bytes.size(), file_) == bytes.size());
    REQUIRE(std::fflush(file_) == 0);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { std::fclose(file_); }
  int fd() const { return ::fileno(file_); }

 private:
  std::FILE* file_;
};

/// Takes what comes until the sender is through and nothing is left.
Task<std::string> receive(Loop& loop, int fd, const std::optional<Result<void>>& sent) {
  std::string all;
  std::string room(65536, '\0');
  const auto through = [&] {
    const bool last = sent.has_value();  // asked before the reading: what came before is read
    for (ssize_t got = 0; (got = ::read(fd, room.data(), room.size())) > 0;) all.append(room, 0, static_cast<std::size_t>(got));
    return last;
  };
  const bool ended = co_await until(loop, through);
  CHECK(ended);
  co_return all;
}

Task<void> files(Loop& loop) {
  const std::string bytes = pattern(kLarge);
  const TemporaryFile file(bytes);
  Ends ends = socket_ends();  // memory to memory: what was sent is there
  Stream stream(loop, std::move(ends.ours));
  struct Part {
    std::uint64_t offset, length;
  };
  for (const Part part : {Part{0, kLarge}, Part{0, 0}, Part{kLarge, 0}, Part{5, 1}, Part{1000, 3'000'000}}) {
    std::optional<Result<void>> sent;
    TaskScope scope(loop);
    scope.spawn(send_whole(stream, file.fd(), part.offset, part.length, sent));
    const std::string all = co_await receive(loop, ends.theirs.get(), sent);
    co_await scope.join();
    CHECK(sent->ok());
    CHECK((all == std::string_view(bytes).substr(part.offset, part.length)));
  }
}

Task<void> shorter_file(Loop& loop) {
  const std::string bytes = pattern(kLarge);
  const TemporaryFile file(bytes);
  Ends ends = socket_ends();
  Stream stream(loop, std::move(ends.ours));
  std::optional<Result<void>> sent;
  TaskScope scope(loop);

  scope.spawn(send_whole(stream, file.fd(), 0, kLarge, sent));
  co_await next_turn(loop);
  CHECK_FALSE(sent.has_value());  // it waits for the reader
  REQUIRE(::ftruncate(file.fd(), kLarge / 2) == 0);
  std::string all = co_await receive(loop, ends.theirs.get(), sent);
  co_await scope.join();
  REQUIRE_FALSE(sent->ok());
  CHECK(sent->error().code == Errc::end_of_stream);
  CHECK(sent->error().text() == "the file became shorter: unexpected EOF");
  CHECK((all == bytes.substr(0, kLarge / 2)));

  sent.reset();
  scope.spawn(send_whole(stream, file.fd(), kLarge, 10, sent));  // from behind its end
  co_await scope.join();
  CHECK(sent->error().code == Errc::end_of_stream);
}

Task<void> file_to_nobody(Loop& loop, bool by_peer) {
  const TemporaryFile file(pattern(kLarge));
  Ends ends = socket_ends();
  Stream stream(loop, std::move(ends.ours));
  std::optional<Result<void>> sent;
  TaskScope scope(loop);
  scope.spawn(send_whole(stream, file.fd(), 0, kLarge, sent));
  co_await next_turn(loop);
  CHECK_FALSE(sent.has_value());
  by_peer ? ends.theirs.reset() : stream.close();
  co_await scope.join();
  REQUIRE_FALSE(sent->ok());
  if (by_peer) {
    CHECK(sent->error().sys == EPIPE);
  } else {
    CHECK(sent->error().code == Errc::cancelled);
  }
}

}  // namespace

TEST_CASE("stream: close and reset wake a reader and a writer") {
  TestLoop test;
  for (const bool reset : {false, true}) {
    test.run(close_while_both_wait(test.loop, socket_ends(), reset));
    test.run(close_while_both_wait(test.loop, tcp_ends(), reset));
  }
}

TEST_CASE("stream: writing to somebody who is gone is an error, not the end of the program") {
  TestLoop test;
  test.run(peer_gone(test.loop, socket_ends()));
  test.run(peer_gone(test.loop, pipe_ends()));
  test.run(peer_gone(test.loop, tcp_ends()));
  test.run(peer_leaves_a_waiting_writer(test.loop, socket_ends()));
  test.run(peer_leaves_a_waiting_writer(test.loop, pipe_ends()));
}

TEST_CASE("stream: one direction may end before the other") {
  TestLoop test;
  test.run(half_closed(test.loop));
}

TEST_CASE("stream: a reset is seen as such by the peer") {
  TestLoop test;
  test.run(reset_is_seen(test.loop));
}

TEST_CASE("stream: send_file sends any part of a file") {
  TestLoop test;
  test.run(files(test.loop));
}

TEST_CASE("stream: send_file tells when the file has become shorter") {
  TestLoop test;
  test.run(shorter_file(test.loop));
}

TEST_CASE("stream: send_file ends with the peer and with close") {
  TestLoop test;
  test.run(file_to_nobody(test.loop, true));
  test.run(file_to_nobody(test.loop, false));
}
