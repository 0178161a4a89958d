/// What the tests of everything that waits share: a loop with a bound on time, ways to let the loop turn, and pairs of
/// descriptors.
#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "async/event.hpp"
#include "async/fd.hpp"
#include "async/listener.hpp"
#include "async/loop.hpp"
#include "async/task.hpp"
#include "async/timer.hpp"

namespace fwatchdog::testing {

constexpr auto kBound = std::chrono::seconds(60);  ///< far more than any test needs on a loaded machine

/// A loop of which a test expects that everything ends within kBound; what takes longer ends the program. Its destructor, that is
/// Loop's, ends the program too when a handle is left.
struct TestLoop {
  Loop loop;

  TestLoop() { std::signal(SIGPIPE, SIG_IGN); }
  void run(Task<void> main) {
    Timer bound(loop, [] {
      std::fputs("a test waits for something that does not come\n", stderr);
      std::abort();
    });
    bound.start(kBound);
    loop.run(std::move(main));
  }
};

/// Counts the turns of a loop. Must live as long as the loop runs.
class TurnCount {
 public:
  explicit TurnCount(Loop& loop) {
    loop.at_turn_end([this] { ++turns_; });
  }
  TurnCount(const TurnCount&) = delete;
  TurnCount& operator=(const TurnCount&) = delete;
  int turns() const { return turns_; }

 private:
  int turns_ = 0;
};

/// Lets the loop go round, so that what is ready by now is told.
inline Task<void> next_turn(Loop& loop) {
  // Three: our own wake-up may be the first of a turn's events, and what it was told makes others ready.
  for (int turn = 0; turn < 3; ++turn) {
    Event woken(loop);
    loop.post([&woken] { woken.set(); });
    co_await woken.wait();
  }
}

/// Waits until `condition()` holds; false when it did not within half of kBound.
template <class Condition>
Task<bool> until(Loop& loop, const Condition& condition) {
  const auto end = std::chrono::steady_clock::now() + kBound / 2;
  CancelSource never;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) co_return false;
    co_await sleep_for(loop, std::chrono::milliseconds(1), CancelToken(never));
  }
  co_return true;
}

/// How many turns the loop makes in a while in which nothing happens. One that spins makes thousands.
inline Task<int> idle_turns(Loop& loop, const TurnCount& count) {
  CancelSource never;
  co_await next_turn(loop);
  const int before = count.turns();
  co_await sleep_for(loop, std::chrono::milliseconds(30), CancelToken(never));
  co_return count.turns() - before;
}
constexpr int kFewTurns = 10;

/// Two connected descriptors, non-blocking and close-on-exec.
struct Ends {
  Fd ours;
  Fd theirs;
};

inline Ends socket_ends() {
  std::array<int, 2> ends{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0);
  return {Fd(ends[0]), Fd(ends[1])};
}

/// `ours` is the end to read from, `theirs` the one to write to.
inline Ends pipe_ends() {
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC) == 0);
  return {Fd(ends[0]), Fd(ends[1])};
}

inline std::uint16_t port_of(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  REQUIRE(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                                             : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

/// A client's end, connected to `port` of this machine by IPv4; no descriptor when it is refused.
inline Fd connected_to(std::uint16_t port) {
  Fd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  REQUIRE(client);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return Fd();
  REQUIRE(::fcntl(client.get(), F_SETFL, O_NONBLOCK) == 0);
  return client;
}

inline Ends tcp_ends() {
  Result<Fd> listening = Listener::open(0, false);
  REQUIRE(listening.ok());
  Fd client = connected_to(port_of(listening->get()));
  REQUIRE(client);
  Fd accepted(::accept4(listening->get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  REQUIRE(accepted);
  // Sizes of our own, for those that the system chooses grow beyond what any test wants to write.
  const int size = 64 * 1024;
  for (const Fd* end : {&accepted, &client}) {
    REQUIRE(::setsockopt(end->get(), SOL_SOCKET, SO_SNDBUF, &size, sizeof size) == 0);
    REQUIRE(::setsockopt(end->get(), SOL_SOCKET, SO_RCVBUF, &size, sizeof size) == 0);
  }
  return {std::move(accepted), std::move(client)};
}

/// Writes until the other side's buffer is full; the number of bytes.
inline std::size_t fill(int fd) {
  const std::string block(4096, 'f');
  std::size_t total = 0;
  for (ssize_t count = 0; (count = ::write(fd, block.data(), block.size())) > 0;) total += static_cast<std::size_t>(count);
  return total;
}

/// Reads until nothing is left; the number of bytes.
inline std::size_t drain(int fd) {
  std::array<char, 65536> room{};
  std::size_t total = 0;
  for (ssize_t count = 0; (count = ::read(fd, room.data(), room.size())) > 0;) total += static_cast<std::size_t>(count);
  return total;
}

/// Bytes of which each tells its place.
inline std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t at = 0; at < size; ++at) bytes[at] = static_cast<char>((at * 31 + (at >> 8U)) & 0xffU);
  return bytes;
}

}  // namespace fwatchdog::testing
