#include "async/listener.hpp"

#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <string>

namespace fwatchdog {

namespace {

constexpr int kBacklog = 4096;  // the system lowers it to net.core.somaxconn
/// How long accepting pauses after an error.
constexpr auto kPause = std::chrono::milliseconds(50);

Error listen_error(std::uint16_t port, const char* step, int err) {
  return Error::system(err, "listen tcp :" + std::to_string(port) + ": " + step);
}

void enable(int socket, int level, int option) {
  const int on = 1;
  (void)::setsockopt(socket, level, option, &on, sizeof on);  // a port that cannot be shared shows at bind
}

Result<Fd> bound_socket(int family, std::uint16_t port, bool shared) {
  Fd socket(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return listen_error(port, "socket", errno);
  enable(socket.get(), SOL_SOCKET, SO_REUSEADDR);
  if (shared) enable(socket.get(), SOL_SOCKET, SO_REUSEPORT);
  int status = 0;
  if (family == AF_INET6) {
    const int off = 0;
    (void)::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    sockaddr_in6 any{};
    any.sin6_family = AF_INET6;
    any.sin6_addr = in6addr_any;
    any.sin6_port = htons(port);
    status = ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any);
  } else {
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_port = htons(port);
    status = ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any);
  }
  if (status < 0) return listen_error(port, "bind", errno);
  return socket;
}

/// What a connection that was reset before we took it leaves behind (accept(2)): the next one may be fine.
bool belongs_to_connection(int err) {
  switch (err) {
    case EINTR:
    case ECONNABORTED:
    case EPROTO:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH: return true;
    default: return false;
  }
}

/// The socket is not one to accept from. Every other error, as of descriptors, memory, or a firewall, may be over soon.
bool is_hopeless(int err) { return err == EBADF || err == EINVAL || err == ENOTSOCK || err == EFAULT; }

/// Lets the system take no connection more, but give those that it has. Who asks for one is not answered, asks again a second
/// later, and is refused then. Without this, one that is made between the last accept and close would be reset, with the request
/// that was sent on it.
void take_no_more(int socket) {
  // Of the segments that come to it, those whose flags (byte 13 of the TCP header) are SYN without ACK are dropped.
  std::array<sock_filter, 5> program = {
      sock_filter BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13),
      sock_filter BPF_STMT(BPF_ALU | BPF_AND | BPF_K, TH_SYN | TH_ACK),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TH_SYN, 0, 1),
      sock_filter BPF_STMT(BPF_RET | BPF_K, 0),
      sock_filter BPF_STMT(BPF_RET | BPF_K, ~0U),
  };
  const sock_fprog attached{static_cast<unsigned short>(program.size()), program.data()};
  // Where it is refused, that moment stays.
  (void)::setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &attached, sizeof attached);
}

}  // namespace

Result<Fd> Listener::open(std::uint16_t port, bool shared) {
  Result<Fd> socket = bound_socket(AF_INET6, port, shared);
  // A machine without IPv6.
  if (!socket.ok() && (socket.error().sys == EAFNOSUPPORT || socket.error().sys == EADDRNOTAVAIL)) {
    socket = bound_socket(AF_INET, port, shared);
  }
  if (!socket.ok()) return socket;
  if (::listen(socket->get(), kBacklog) < 0) return listen_error(port, "listen", errno);
  return socket;
}

Listener::Listener(Loop& loop, Fd socket) : loop_(loop), socket_(std::move(socket)), watch_(loop, socket_.get()) {}

Task<Result<Fd>> Listener::accept() {
  for (;;) {
    if (!socket_) co_return Error(Errc::cancelled);
    Fd connection(::accept4(socket_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (connection) {
      enable(connection.get(), IPPROTO_TCP, TCP_NODELAY);
      co_return connection;
    }
    const int err = errno;
    if (belongs_to_connection(err)) continue;
    if (is_hopeless(err)) co_return Error::system(err, "accept");
    if (finishing_) {
      close();
    } else if (err != EAGAIN && err != EWOULDBLOCK) {
      co_await sleep_for(loop_, kPause, CancelToken(closing_));
    } else {
      watch_.drained();
      Result<void> waited = co_await watch_.readable();
      if (!waited.ok() && !finishing_) co_return waited.error();
    }
  }
}

void Listener::finish() {
  if (!socket_) return;
  take_no_more(socket_.get());
  finishing_ = true;
  closing_.request(CancelReason::shutdown);
  watch_.cancel();
}

void Listener::close() {
  if (!socket_) return;
  closing_.request(CancelReason::shutdown);
  watch_.cancel();
  socket_.reset();
}

}  // namespace fwatchdog
