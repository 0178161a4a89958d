#include "async/listener.hpp"

#include <doctest/doctest.h>
#include <netinet/tcp.h>
#include <sys/resource.h>

#include <cerrno>
#include <optional>
#include <string>
#include <vector>

#include "async/loop_fixture.hpp"
#include "async/scope.hpp"

using namespace fwatchdog;
using namespace fwatchdog::testing;

namespace {

using Accepted = std::optional<Result<Fd>>;

Task<void> accept_one(Listener& listener, Accepted& accepted) { accepted.emplace(co_await listener.accept()); }

int option(int fd, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  REQUIRE(::getsockopt(fd, level, name, &value, &size) == 0);
  return value;
}

Fd connected_by_ipv6(std::uint16_t port) {
  Fd client(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!client) return client;
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(port);
  address.sin6_addr = in6addr_loopback;
  if (::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return Fd();
  return client;
}

Task<void> accepts(Loop& loop) {
  Result<Fd> socket = Listener::open(0, false);
  REQUIRE(socket.ok());
  CHECK((::fcntl(socket->get(), F_GETFD) & FD_CLOEXEC) != 0);
  const std::uint16_t port = port_of(socket->get());
  Listener listener(loop, std::move(*socket));
  Accepted accepted;
  TaskScope scope(loop);
  scope.spawn(accept_one(listener, accepted));
  co_await next_turn(loop);
  CHECK_FALSE(accepted.has_value());

  const Fd client = connected_to(port);
  REQUIRE(client);
  co_await scope.join();
  REQUIRE(accepted->ok());
  const int fd = (*accepted)->get();
  CHECK((::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
  CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
  CHECK(option(fd, IPPROTO_TCP, TCP_NODELAY) != 0);

  // Several that wait in the queue.
  std::vector<Fd> clients;
  for (int number = 0; number < 20; ++number) {
    clients.push_back(connected_to(port));
    REQUIRE(clients.back());
  }
  for (int number = 0; number < 20; ++number) {
    const Result<Fd> next = co_await listener.accept();
    CHECK(next.ok());
  }
  listener.close();
}

Task<void> both_families(Loop& loop) {
  Result<Fd> socket = Listener::open(0, false);
  REQUIRE(socket.ok());
  const std::uint16_t port = port_of(socket->get());
  Listener listener(loop, std::move(*socket));
  const Fd by_ipv4 = connected_to(port);
  CHECK(by_ipv4);
  const Result<Fd> first = co_await listener.accept();
  CHECK(first.ok());
  if (const Fd by_ipv6 = connected_by_ipv6(port)) {
    const Result<Fd> second = co_await listener.accept();
    CHECK(second.ok());
  } else {
    MESSAGE("no IPv6 on this machine: only IPv4 was tried");
  }
}

Task<void> closing(Loop& loop) {
  Result<Fd> socket = Listener::open(0, false);
  REQUIRE(socket.ok());
  const std::uint16_t port = port_of(socket->get());
  Listener listener(loop, std::move(*socket));
  Accepted accepted;
  TaskScope scope(loop);
  scope.spawn(accept_one(listener, accepted));
  co_await next_turn(loop);
  listener.close();
  listener.close();
  co_await scope.join();
  REQUIRE_FALSE(accepted->ok());
  CHECK(accepted->error().code == Errc::cancelled);
  const Result<Fd> later = co_await listener.accept();
  CHECK(later.error().code == Errc::cancelled);
  CHECK_FALSE(connected_to(port));
}

/// Takes all descriptors that are left, as long as it lives.
class NoDescriptors {
 public:
  NoDescriptors() {
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    const Fd lowest(::dup(STDERR_FILENO));
    REQUIRE(lowest);
    rlimit none = before_;
    none.rlim_cur = static_cast<rlim_t>(lowest.get());  // all below are taken
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;
  ~NoDescriptors() { (void)::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

Task<void> out_of_descriptors(Loop& loop, const TurnCount& count, bool close) {
  Result<Fd> socket = Listener::open(0, false);
  REQUIRE(socket.ok());
  const std::uint16_t port = port_of(socket->get());
  Listener listener(loop, std::move(*socket));
  Accepted accepted;
  TaskScope scope(loop);
  const Fd client = connected_to(port);
  REQUIRE(client);
  {
    // The sanitizers need descriptors of their own when they first see an object of a type with virtual functions: the connection
    // is there before, so that nothing but timers happens now.
    const NoDescriptors none;
    CHECK(::dup(STDERR_FILENO) == -1);
    CHECK(errno == EMFILE);
    scope.spawn(accept_one(listener, accepted));
    for (int round = 0; round < 4; ++round) {  // longer than one pause of the listener
      const int turns = co_await idle_turns(loop, count);
      CHECK(turns < kFewTurns);
    }
    CHECK_FALSE(accepted.has_value());
    if (close) listener.close();  // ends the pause
  }
  co_await scope.join();
  CHECK(accepted->ok() != close);
  if (close) CHECK(accepted->error().code == Errc::cancelled);
}

Task<void> finishing(Loop& loop) {
  Result<Fd> socket = Listener::open(0, false);
  REQUIRE(socket.ok());
  const std::uint16_t port = port_of(socket->get());
  Listener listener(loop, std::move(*socket));
  Accepted pending;
  TaskScope scope(loop);
  scope.spawn(accept_one(listener, pending));
  co_await next_turn(loop);
  std::vector<Fd> clients;
  for (int number = 0; number < 3; ++number) clients.push_back(connected_to(port));
  listener.finish();
  co_await scope.join();
  CHECK(pending->ok());
  for (int number = 1; number < 3; ++number) {
    const Result<Fd> next = co_await listener.accept();
    CHECK(next.ok());
  }
  const Result<Fd> last = co_await listener.accept();
  CHECK(last.error().code == Errc::cancelled);
  CHECK_FALSE(connected_to(port));
  listener.finish();
}

}  // namespace

TEST_CASE("listener: accepts what waits and what comes") {
  TestLoop test;
  test.run(accepts(test.loop));
}

TEST_CASE("listener: IPv4 and IPv6 by one socket") {
  TestLoop test;
  test.run(both_families(test.loop));
}

TEST_CASE("listener: a port that is taken is told in the contract's words") {
  const Result<Fd> first = Listener::open(0, false);
  REQUIRE(first.ok());
  const std::uint16_t port = port_of(first->get());
  for (const bool shared : {false, true}) {
    const Result<Fd> second = Listener::open(port, shared);
    REQUIRE_FALSE(second.ok());
    CHECK(second.error().sys == EADDRINUSE);
    CHECK(second.error().text() == "listen tcp :" + std::to_string(port) + ": bind: address already in use");
  }
}

TEST_CASE("listener: a shared port has several listeners") {
  const Result<Fd> first = Listener::open(0, true);
  REQUIRE(first.ok());
  const Result<Fd> second = Listener::open(port_of(first->get()), true);
  CHECK(second.ok());
}

TEST_CASE("listener: close refuses connections and ends a pending accept") {
  TestLoop test;
  test.run(closing(test.loop));
}

TEST_CASE("listener: finish gives those who have connected, then it closes") {
  TestLoop test;
  test.run(finishing(test.loop));
}

TEST_CASE("listener: without a free descriptor it waits without spinning, and goes on once there is one") {
  TestLoop test;
  const TurnCount count(test.loop);
  test.run(out_of_descriptors(test.loop, count, false));
  test.run(out_of_descriptors(test.loop, count, true));
}
