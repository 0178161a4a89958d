#include "async/connect.hpp"

#include <doctest/doctest.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "async/loop_fixture.hpp"

using namespace fwatchdog;
using namespace fwatchdog::testing;

namespace {

using Addresses = std::vector<SocketAddress>;

Endpoint endpoint_of(std::string host, std::uint16_t port) {
  Endpoint made;
  made.host = std::move(host);
  made.port = port;
  return made;
}

Endpoint unix_endpoint(std::string path) {
  Endpoint made;
  made.unix_path = std::move(path);
  return made;
}

/// A listening socket of this family; its port is in `address`.
Fd listening(int family, std::uint16_t& port) {
  Fd socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_storage any{};
  any.ss_family = static_cast<sa_family_t>(family);
  socklen_t size = sizeof(sockaddr_in6);
  if (family == AF_INET) {
    reinterpret_cast<sockaddr_in&>(any).sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    size = sizeof(sockaddr_in);
  } else {
    reinterpret_cast<sockaddr_in6&>(any).sin6_addr = in6addr_loopback;
  }
  if (!socket || ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&any), size) != 0) return Fd();
  REQUIRE(::listen(socket.get(), 8) == 0);
  port = port_of(socket.get());
  return socket;
}

Task<void> look_up(Loop& loop, const Endpoint& endpoint, CancelToken token, Result<Addresses>& result) {
  Result<Addresses> found = co_await resolve(loop, endpoint, token);
  result = std::move(found);
}

Result<Addresses> resolved(const Endpoint& endpoint) {
  TestLoop test;
  CancelSource never;
  Result<Addresses> result = Error(Errc::cancelled);
  test.run(look_up(test.loop, endpoint, CancelToken(never), result));
  return result;
}

Task<void> connect(Loop& loop, const Endpoint& endpoint, const Addresses& addresses, CancelToken token, Result<Fd>& result) {
  Result<Fd> made = co_await connect_to(loop, addresses, endpoint, token);
  result = std::move(made);
}

/// To the addresses of `endpoint`.
Result<Fd> connected(const Endpoint& endpoint) {
  Result<Addresses> addresses = resolved(endpoint);
  if (!addresses.ok()) return addresses.error();
  TestLoop test;
  CancelSource never;
  Result<Fd> result = Error(Errc::cancelled);
  test.run(connect(test.loop, endpoint, *addresses, CancelToken(never), result));
  return result;
}

}  // namespace

TEST_CASE("the text of an endpoint") {
  CHECK(endpoint_of("h", 80).text() == "h:80");
  CHECK(endpoint_of("::1", 81).text() == "[::1]:81");
  CHECK(unix_endpoint("/a").text() == "unix:/a");
}

TEST_CASE("addresses in digits and paths need no look-up") {
  const Result<Addresses> v4 = resolved(endpoint_of("127.0.0.1", 80));
  REQUIRE(v4.ok());
  REQUIRE(v4->size() == 1);
  CHECK(v4->front().storage.ss_family == AF_INET);
  CHECK(v4->front().size == sizeof(sockaddr_in));
  CHECK(reinterpret_cast<const sockaddr_in&>(v4->front().storage).sin_port == htons(80));

  const Result<Addresses> v6 = resolved(endpoint_of("::1", 81));
  REQUIRE(v6.ok());
  CHECK(v6->front().storage.ss_family == AF_INET6);

  const Result<Addresses> path = resolved(unix_endpoint("/run/fn.sock"));
  REQUIRE(path.ok());
  CHECK(path->front().storage.ss_family == AF_UNIX);
  CHECK(std::string(reinterpret_cast<const sockaddr_un&>(path->front().storage).sun_path) == "/run/fn.sock");
  CHECK(resolved(unix_endpoint("/" + std::string(106, 'x'))).ok());
  const Result<Addresses> too_long = resolved(unix_endpoint("/" + std::string(107, 'x')));
  REQUIRE_FALSE(too_long.ok());
  CHECK(too_long.error().code == Errc::invalid);
}

TEST_CASE("names are looked up") {
  for (const char* name : {"localhost", "LocalHost"}) {
    const Result<Addresses> local = resolved(endpoint_of(name, 82));
    REQUIRE(local.ok());
    REQUIRE(local->size() == 2);
    CHECK(local->front().storage.ss_family == AF_INET);
    CHECK(local->back().storage.ss_family == AF_INET6);
  }
  const Result<Addresses> unknown = resolved(endpoint_of("no-such-host.invalid", 82));
  REQUIRE_FALSE(unknown.ok());
  CHECK(unknown.error().text().find("look up no-such-host.invalid: ") == 0);
}

TEST_CASE("a look-up is given up when asked to") {
  TestLoop test;
  CancelSource asked;
  asked.request(CancelReason::shutdown);
  Result<Addresses> result = Error(Errc::invalid);
  test.run(look_up(test.loop, endpoint_of("no-such-host.invalid", 82), CancelToken(asked), result));
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().code == Errc::cancelled);
  CHECK(result.error().text() == "look up no-such-host.invalid: cancelled");
  // A loop that is gone before the answer came is no harm to the thread that asks.
}

TEST_CASE("a connection is without delay, does not block and is not inherited") {
  for (const int family : {AF_INET, AF_INET6}) {
    std::uint16_t port = 0;
    const Fd listener = listening(family, port);
    if (!listener) continue;  // no IPv6 here
    const Result<Fd> socket = connected(endpoint_of(family == AF_INET ? "127.0.0.1" : "::1", port));
    REQUIRE(socket.ok());
    CHECK((::fcntl(socket->get(), F_GETFL) & O_NONBLOCK) != 0);
    CHECK((::fcntl(socket->get(), F_GETFD) & FD_CLOEXEC) != 0);
    int on = 0;
    socklen_t size = sizeof on;
    CHECK(::getsockopt(socket->get(), IPPROTO_TCP, 1 /* TCP_NODELAY */, &on, &size) == 0);
    CHECK(on == 1);
  }
}

TEST_CASE("a Unix socket") {
  const std::string path = "/tmp/fwatchdog-connect-test." + std::to_string(::getpid());
  const Endpoint endpoint = unix_endpoint(path);
  const Result<Fd> missing = connected(endpoint);
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().text() == "connect to unix:" + path + ": no such file or directory");

  Fd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const Result<Addresses> address = resolved(endpoint);
  REQUIRE(address.ok());
  REQUIRE(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address->front().storage), address->front().size) == 0);
  CHECK_FALSE(connected(endpoint).ok());
  REQUIRE(::listen(listener.get(), 1) == 0);
  CHECK(connected(endpoint).ok());
  ::unlink(path.c_str());
}

TEST_CASE("refused, and one address after the other") {
  std::uint16_t port = 0;
  std::uint16_t dead = 0;
  const Fd listener = listening(AF_INET, port);
  listening(AF_INET, dead).reset();
  const Result<Fd> refused = connected(endpoint_of("127.0.0.1", dead));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().sys == ECONNREFUSED);
  CHECK(refused.error().text() == "connect to 127.0.0.1:" + std::to_string(dead) + ": connection refused");

  const Result<Addresses> first = resolved(endpoint_of("127.0.0.1", dead));
  const Result<Addresses> second = resolved(endpoint_of("127.0.0.1", port));
  REQUIRE(first.ok());
  REQUIRE(second.ok());
  const Addresses both = {first->front(), second->front()};
  TestLoop test;
  CancelSource never;
  Result<Fd> result = Error(Errc::cancelled);
  test.run(connect(test.loop, endpoint_of("name", 1), both, CancelToken(never), result));
  CHECK(result.ok());
  Result<Fd> nothing = Error(Errc::cancelled);
  test.run(connect(test.loop, endpoint_of("name", 1), Addresses(), CancelToken(never), nothing));
  CHECK_FALSE(nothing.ok());
}

namespace {

Task<void> connect_and_cancel(Loop& loop, const Endpoint& endpoint, const Addresses& addresses, Result<Fd>& result) {
  CancelSource cancel;
  Timer soon(loop, [&cancel] { cancel.request(CancelReason::shutdown); });
  soon.start(std::chrono::milliseconds(5));
  co_await connect(loop, endpoint, addresses, CancelToken(cancel), result);
}

}  // namespace

TEST_CASE("a connection that does not come about is given up when asked to") {
  // A backlog that is full: what connects then hears nothing.
  Fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) == 0);
  REQUIRE(::listen(listener.get(), 0) == 0);
  const Endpoint endpoint = endpoint_of("127.0.0.1", port_of(listener.get()));
  std::vector<Fd> filling;
  for (int i = 0; i < 4; ++i) {
    Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_in to = any;
    to.sin_port = htons(endpoint.port);
    (void)::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to);
    filling.push_back(std::move(socket));
  }
  const Result<Addresses> addresses = resolved(endpoint);
  REQUIRE(addresses.ok());
  TestLoop test;
  Result<Fd> result = Error(Errc::invalid);
  test.run(connect_and_cancel(test.loop, endpoint, *addresses, result));
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().code == Errc::cancelled);
}
