/// Connected pairs of sockets for tests that play the other side of a connection.
#pragma once

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <csignal>
#include <cstdint>
#include <stdexcept>

#include "async/fd.hpp"

namespace fwatchdog::test {

/// Both ends are non-blocking.
struct SocketPair {
  Fd server;
  Fd caller;
};

/// As the programs do: a write to who has left is an error, not the end.
inline void ignore_broken_pipes() { ::signal(SIGPIPE, SIG_IGN); }

inline Fd checked(int fd) {
  if (fd < 0) throw std::runtime_error("no socket for a test");
  return Fd(fd);
}

inline SocketPair unix_pair() {
  ignore_broken_pipes();
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) < 0) throw std::runtime_error("socketpair");
  return SocketPair{Fd(ends[0]), Fd(ends[1])};
}

/// A connection to `port` of this machine.
inline Fd connect_to(std::uint16_t port) {
  Fd socket = checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons(port);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) < 0) throw std::runtime_error("connect");
  ignore_broken_pipes();
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::fcntl(socket.get(), F_SETFL, O_NONBLOCK) < 0) throw std::runtime_error("fcntl");
  return socket;
}

/// The port that a listening or bound socket has.
inline std::uint16_t port_of(int socket) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&bound), &size) < 0) throw std::runtime_error("getsockname");
  return ntohs(bound.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(bound).sin6_port
                                           : reinterpret_cast<const sockaddr_in&>(bound).sin_port);
}

/// A TCP connection over the loopback: what a reset needs.
inline SocketPair tcp_pair() {
  const Fd listener = checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) < 0) throw std::runtime_error("bind");
  if (::listen(listener.get(), 1) < 0) throw std::runtime_error("listen");
  SocketPair pair;
  pair.caller = connect_to(port_of(listener.get()));
  pair.server = checked(::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  return pair;
}

}  // namespace fwatchdog::test
