// The function behind the proxies: reads a request with its body, whole, and answers `hello`. One thread, as few system calls as
// there can be: it shares the processors with what is measured, and must not be what all wait for. The answer's fields are those
// of a usual server. Bodies have a Content-Length; whoever sends anything else is disconnected.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "arguments.hpp"

namespace {

using fwatchdog::bench::Arguments;
using fwatchdog::bench::fail;

constexpr std::string_view kAnswer =
    "HTTP/1.1 200 OK\r\nServer: hello\r\nDate: Fri, 27 Nov 2026 12:00:00 GMT\r\nContent-Type: text/plain\r\n"
    "Content-Length: 6\r\nConnection: keep-alive\r\n\r\nhello\n";
constexpr int kBacklog = 4096;
std::array<char, 256 * 1024> g_buffer;

void check(int status, const char* what) {
  if (status < 0) fail(std::string(what) + ": " + std::strerror(errno));
}

struct Connection {
  int fd;
  std::string head;        // of a request that came in pieces
  std::uint64_t left = 0;  // bytes of its body
};

/// The length of the body behind `head`, or npos where it says none that we understand.
std::uint64_t body_length(std::string_view head) {
  if (head.starts_with("GET ")) return 0;
  constexpr std::string_view kName = "\r\nContent-Length: ";
  const std::size_t at = head.find(kName);
  if (at == std::string_view::npos) return std::string_view::npos;
  std::uint64_t length = 0;
  std::from_chars(head.data() + at + kName.size(), head.data() + head.size(), length);
  return length;
}

bool answer(const Connection& connection) {
  return ::send(connection.fd, kAnswer.data(), kAnswer.size(), MSG_DONTWAIT | MSG_NOSIGNAL) ==
         static_cast<ssize_t>(kAnswer.size());
}

/// False where the connection is to be closed.
bool take(Connection& connection, std::string_view bytes) {
  std::string pieces;
  if (!connection.head.empty()) bytes = pieces = std::exchange(connection.head, {}).append(bytes);
  while (!bytes.empty()) {
    if (connection.left == 0) {
      const std::size_t end = bytes.find("\r\n\r\n");
      if (end == std::string_view::npos) {
        connection.head.assign(bytes);
        return true;
      }
      connection.left = body_length(bytes.substr(0, end + 2));
      if (connection.left == std::string_view::npos) return false;
      bytes.remove_prefix(end + 4);
    }
    const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), connection.left));
    bytes.remove_prefix(part);
    connection.left -= part;
    if (connection.left == 0 && !answer(connection)) return false;
  }
  return true;
}

bool read_all(Connection& connection) {
  for (;;) {
    const ssize_t count = ::recv(connection.fd, g_buffer.data(), g_buffer.size(), MSG_DONTWAIT);
    if (count < 0) return errno == EAGAIN || errno == EINTR;
    if (count == 0 || !take(connection, std::string_view(g_buffer.data(), static_cast<std::size_t>(count)))) return false;
    if (static_cast<std::size_t>(count) < g_buffer.size()) return true;
  }
}

void accept_all(int listener, int epoll) {
  for (;;) {
    const int fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    const int on = 1;
    check(::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP | EPOLLET;
    event.data.ptr = new Connection{fd, {}, 0};
    check(::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
  }
}

int listening(std::uint16_t port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  check(listener, "socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  check(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
  check(::listen(listener, kBacklog), "listen");
  return listener;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments(argc, argv);
  const auto port = static_cast<std::uint16_t>(arguments.number("port", 3000));
  arguments.end();
  const int listener = listening(port);
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  check(epoll, "epoll");
  epoll_event event{};
  event.events = EPOLLIN;
  check(::epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event), "epoll_ctl");
  std::array<epoll_event, 512> events;
  for (;;) {
    const int count = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      auto* connection = static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
      const bool hung_up = (events[static_cast<std::size_t>(i)].events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
      if (connection == nullptr) {
        accept_all(listener, epoll);
      } else if (!read_all(*connection) || hung_up) {
        ::close(connection->fd);
        delete connection;
      }
    }
  }
}
