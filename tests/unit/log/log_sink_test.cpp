#include "log/log_sink.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

using namespace fwatchdog;
using namespace std::chrono_literals;

namespace {

std::timespec fixed_clock() { return {1'136'214'245, 0}; }

const LineFormat kJson(LogFormat::json, fixed_clock);

std::string notice(std::uint64_t count, const std::string& name = "standard error") {
  return R"({"time":"2006-01-02T15:04:05.000Z","level":"warning","msg":"dropped )" + std::to_string(count) +
         " log lines: the reader of " + name + " was too slow\"}\n";
}

// Two ends of something; both are closed with it.
struct Ends {
  int reader = -1;
  int writer = -1;

  static Ends pipe() {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    return {ends[0], ends[1]};
  }
  static Ends sockets() {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    return {ends[0], ends[1]};
  }

  Ends(int reader_in, int writer_in) : reader(reader_in), writer(writer_in) { std::signal(SIGPIPE, SIG_IGN); }
  Ends(const Ends&) = delete;
  Ends& operator=(const Ends&) = delete;
  ~Ends() {
    close_reader();
    close(writer);
  }

  void close_reader() {
    if (reader >= 0) close(reader);
    reader = -1;
  }

  // What can be read without waiting.
  std::string read_now() const {
    std::string all;
    std::array<char, 65536> buffer{};
    pollfd entry{reader, POLLIN, 0};
    while (poll(&entry, 1, 0) > 0) {
      const auto n = ::read(reader, buffer.data(), buffer.size());
      if (n <= 0) break;
      all.append(buffer.data(), static_cast<std::size_t>(n));
    }
    return all;
  }
};

std::string line_of(std::size_t number, std::size_t size) {
  std::string line = std::to_string(number);
  line.resize(size - 1, '.');
  return line + '\n';
}

// Reads and flushes in turn until nothing is kept.
std::string drain(LogSink& sink, const Ends& ends) {
  std::string all = ends.read_now();
  while (sink.pending()) {
    sink.flush();
    all += ends.read_now();
  }
  return all + ends.read_now();
}

bool is_blocking(int descriptor) { return (fcntl(descriptor, F_GETFL) & O_NONBLOCK) == 0; }

// Numbers of whole lines at the start of `text` that follow each other from 0; every line has `size` bytes.
std::size_t whole_lines(std::string_view text, std::size_t size) {
  std::size_t count = 0;
  while (text.starts_with(line_of(count, size))) {
    text.remove_prefix(size);
    ++count;
  }
  return count;
}

void check_slow_reader(const Ends& ends) {
  constexpr std::size_t kSize = 100;
  constexpr std::size_t kLines = 50'000;  // five times the bound
  LogSink sink(ends.writer, "standard error", kJson);
  for (std::size_t number = 0; number < kLines; ++number) sink.write(line_of(number, kSize));
  CHECK(sink.pending());
  const auto dropped = sink.dropped_lines();
  CHECK(dropped > kLines / 2);
  CHECK(kLines - dropped >= LogSink::kBound / kSize);
  CHECK(is_blocking(ends.writer));

  std::string all = drain(sink, ends);
  CHECK(whole_lines(all, kSize) == kLines - dropped);
  all.erase(0, (kLines - dropped) * kSize);
  CHECK(all == notice(dropped));
  CHECK_FALSE(sink.pending());

  sink.write("after\n");
  CHECK(ends.read_now() == "after\n");
  CHECK(sink.dropped_lines() == dropped);
}

}  // namespace

TEST_CASE("log sink: lines go out at once") {
  for (const auto* kind : {"pipe", "sockets"}) {
    const Ends ends = kind == std::string_view("pipe") ? Ends::pipe() : Ends::sockets();
    LogSink sink(ends.writer, "standard error", kJson);
    sink.write("");
    sink.write("one\ntwo\n");
    CHECK(ends.read_now() == "one\ntwo\n");
    sink.write("three\n");
    CHECK(ends.read_now() == "three\n");
    CHECK_FALSE(sink.pending());
    CHECK(sink.dropped_lines() == 0);
  }
}

TEST_CASE("log sink: a reader that stops costs lines, not time") {
  SUBCASE("pipe") { check_slow_reader(Ends::pipe()); }
  SUBCASE("socket") { check_slow_reader(Ends::sockets()); }
}

TEST_CASE("log sink: a descriptor that cannot be opened once more is asked before each write") {
  // Nobody but root may open the pipe now; for root this is the usual case once more.
  const Ends ends = Ends::pipe();
  REQUIRE(fchmod(ends.writer, 0) == 0);
  check_slow_reader(ends);
}

TEST_CASE("log sink: one call with more than the bound") {
  const Ends ends = Ends::pipe();
  LogSink sink(ends.writer, "standard error", kJson);
  std::string lines;
  for (std::size_t number = 0; number < 30'000; ++number) lines += line_of(number, 100);
  sink.write(lines);
  const auto dropped = sink.dropped_lines();
  CHECK(dropped > 10'000);
  const std::string all = drain(sink, ends);
  CHECK(whole_lines(all, 100) == 30'000 - dropped);
  CHECK(all.ends_with(notice(dropped)));
}

TEST_CASE("log sink: lines are taken again once half of the bound is free, after one report for the gap") {
  const Ends ends = Ends::pipe();
  LogSink sink(ends.writer, "standard output", kJson);
  while (sink.dropped_lines() == 0) sink.write(line_of(0, 1000));
  std::size_t read = 0;
  for (;;) {
    const std::string part = ends.read_now();
    read += part.size();
    const auto before = sink.dropped_lines();
    sink.write("next\n");
    if (sink.dropped_lines() == before) break;
  }
  CHECK(read + 4096 >= LogSink::kBound / 2);  // but for the part of a line that did not fit
  CHECK(read < LogSink::kBound);
  const auto dropped = sink.dropped_lines();
  CHECK(drain(sink, ends).ends_with(notice(dropped, "standard output") + "next\n"));
}

TEST_CASE("log sink: a line whose beginning is written is ended, however long it is") {
  const Ends ends = Ends::pipe();
  LogSink sink(ends.writer, "standard error", kJson);
  const auto capacity = static_cast<std::size_t>(fcntl(ends.writer, F_GETPIPE_SZ));
  const std::string long_line = std::string(capacity + LogSink::kBound - 1, 'x') + '\n';
  sink.write(long_line);
  CHECK(sink.dropped_lines() == 0);
  sink.write("dropped\n");
  CHECK(sink.dropped_lines() == 1);
  CHECK((drain(sink, ends) == long_line + notice(1)));
}

TEST_CASE("log sink: a line that is longer than all bounds is cut") {
  const Ends ends = Ends::pipe();
  LogSink sink(ends.writer, "standard error", kJson);
  sink.write(std::string(3 * LogSink::kBound, 'x') + "\n");
  const std::string all = drain(sink, ends);
  CHECK(all.size() > LogSink::kBound);
  CHECK(all.find('\n') == all.size() - 1);
}

TEST_CASE("log sink: a reader that went away is counted without a word") {
  for (const auto* kind : {"pipe", "sockets"}) {
    Ends ends = kind == std::string_view("pipe") ? Ends::pipe() : Ends::sockets();
    LogSink sink(ends.writer, "standard error", kJson);
    ends.close_reader();
    sink.write("one\ntwo\nthree");
    CHECK(sink.dropped_lines() == 3);
    CHECK_FALSE(sink.pending());
    sink.flush_before_exit(10s);
  }
}

TEST_CASE("log sink: what is kept when the reader goes away is counted") {
  Ends ends = Ends::pipe();
  LogSink sink(ends.writer, "standard error", kJson);
  for (std::size_t number = 0; number < 3000; ++number) sink.write(line_of(number, 100));
  CHECK(sink.pending());
  CHECK(sink.dropped_lines() == 0);
  ends.close_reader();
  sink.flush_before_exit(10s);
  CHECK_FALSE(sink.pending());
  CHECK(sink.dropped_lines() > 1000);
}

TEST_CASE("log sink: a descriptor that is not open") {
  int number = -1;
  {
    const Ends ends = Ends::pipe();
    number = ends.writer;
  }
  LogSink sink(number, "standard error", kJson);
  sink.write("one\n");
  CHECK(sink.dropped_lines() == 1);
  // What is opened later under the same number is somebody else's.
  const Ends other = Ends::pipe();
  CHECK((other.reader == number || other.writer == number));
  sink.write("two\n");
  CHECK(other.read_now().empty());
  CHECK(sink.dropped_lines() == 2);
}

TEST_CASE("log sink: a full disk costs the lines and nothing else") {
  const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  REQUIRE(full >= 0);
  {
    LogSink sink(full, "standard error", kJson);
    sink.write("one\n");
    CHECK(sink.dropped_lines() == 1);
    CHECK_FALSE(sink.pending());
  }
  close(full);
}

TEST_CASE("log sink: a regular file is appended to where it stands") {
  std::string path = "/tmp/log_sink_test.XXXXXX";
  const int file = mkstemp(path.data());
  REQUIRE(file >= 0);
  REQUIRE(write(file, "zero\n", 5) == 5);
  {
    LogSink sink(file, "standard error", kJson);
    const std::string much = std::string(2 * LogSink::kBound, 'x') + "\n";
    sink.write(much);
    sink.write("one\n");
    CHECK_FALSE(sink.pending());
    CHECK(sink.dropped_lines() == 0);
    std::string end(6, ' ');
    REQUIRE(pread(file, end.data(), 6, static_cast<off_t>(5 + much.size() - 2)) == 6);
    CHECK(end == "x\none\n");
  }
  close(file);
  unlink(path.c_str());
}

TEST_CASE("log sink: a terminal") {
  const int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  REQUIRE(master >= 0);
  REQUIRE(grantpt(master) == 0);
  REQUIRE(unlockpt(master) == 0);
  const Ends ends(master, open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC));
  REQUIRE(ends.writer >= 0);
  LogSink sink(ends.writer, "standard error", kJson);
  sink.write("one\n");
  CHECK(ends.read_now() == "one\r\n");
  // Nobody reads: the terminal fills, and writing goes on.
  while (sink.dropped_lines() == 0) sink.write(line_of(0, 1000));
  CHECK(sink.pending());
  CHECK(is_blocking(ends.writer));
}

TEST_CASE("log sink: before the exit it waits for a slow reader, but not for ever") {
  const Ends ends = Ends::pipe();
  LogSink sink(ends.writer, "standard error", kJson);
  for (std::size_t number = 0; number < 5000; ++number) sink.write(line_of(number, 100));
  REQUIRE(sink.pending());
  sink.flush_before_exit(1ms);
  CHECK(sink.pending());

  std::string all;
  std::thread reader([&] {
    while (whole_lines(all, 100) < 5000 && all.size() < 500'000) {
      pollfd entry{ends.reader, POLLIN, 0};
      if (poll(&entry, 1, 10'000) <= 0) break;
      all += ends.read_now();
    }
  });
  sink.flush_before_exit(10s);
  reader.join();
  CHECK_FALSE(sink.pending());
  CHECK(whole_lines(all, 100) == 5000);
}

TEST_CASE("log sink: several threads never mix their lines") {
  const Ends ends = Ends::sockets();
  LogSink sink(ends.writer, "standard error", kJson);
  constexpr std::size_t kThreads = 4;
  constexpr std::size_t kLines = 500;
  std::vector<std::thread> threads;
  for (std::size_t number = 0; number < kThreads; ++number) {
    threads.emplace_back([&sink, number] {
      for (std::size_t i = 0; i < kLines; ++i) sink.write(line_of(number, 200));
    });
  }
  for (auto& thread : threads) thread.join();
  std::string all = drain(sink, ends);
  CHECK(sink.dropped_lines() == 0);
  REQUIRE(all.size() == kThreads * kLines * 200);
  std::array<std::size_t, kThreads> seen{};
  for (std::size_t at = 0; at < all.size(); at += 200) {
    const auto number = static_cast<std::size_t>(all[at] - '0');
    REQUIRE(number < kThreads);
    CHECK(all.compare(at, 200, line_of(number, 200)) == 0);
    ++seen[number];
  }
  for (const auto count : seen) CHECK(count == kLines);
}
