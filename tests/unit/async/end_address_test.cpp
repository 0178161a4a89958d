#include "async/end_address.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "support/sockets.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;

TEST_CASE("both ends of a connection") {
  const SocketPair pair = tcp_pair();
  CHECK(remote_address(pair.server.get()).address == "127.0.0.1");
  CHECK(remote_address(pair.server.get()).port == local_address(pair.caller.get()).port);
  CHECK(remote_address(pair.caller.get()).port == local_address(pair.server.get()).port);
  CHECK(local_address(pair.server.get()).port != 0);
}

TEST_CASE("sockets of no network have no addresses") {
  const SocketPair pair = unix_pair();
  CHECK(remote_address(pair.server.get()).address.empty());
  CHECK(local_address(pair.server.get()).port == 0);
  CHECK(remote_address(-1).address.empty());
}

namespace {

/// A socket of IPv6 that is bound to `address`, where the system has it.
EndAddress bound_to(const char* address) {
  const Fd socket(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in6 name{};
  name.sin6_family = AF_INET6;
  CHECK(::inet_pton(AF_INET6, address, &name.sin6_addr) == 1);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) return EndAddress{"none", 0};
  return local_address(socket.get());
}

}  // namespace

TEST_CASE("addresses of IPv6, and of IPv4 in their form") {
  const std::string mapped = bound_to("::ffff:127.0.0.1").address;
  CHECK((mapped == "127.0.0.1" || mapped == "none"));
  const std::string own = bound_to("::1").address;
  CHECK((own == "::1" || own == "none"));
}
