#include "async/connect.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/un.h>
#include <uv.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "async/event.hpp"

namespace fwatchdog {

namespace {

using Addresses = std::vector<SocketAddress>;

SocketAddress address_of(const void* address, socklen_t size) {
  SocketAddress made;
  std::memcpy(&made.storage, address, size);
  made.size = size;
  return made;
}

Result<Addresses> unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return Error(Errc::invalid, "unix:" + path + ": the path is too long for a socket");
  std::memcpy(address.sun_path, path.data(), path.size());
  return Addresses{address_of(&address, sizeof address)};
}

/// An address in digits; nothing where `host` is a name.
Addresses literal_address(const std::string& host, std::uint16_t port) {
  sockaddr_in v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    return {address_of(&v4, sizeof v4)};
  }
  sockaddr_in6 v6{};
  if (::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    return {address_of(&v6, sizeof v6)};
  }
  return {};
}

/// `localhost` is this machine without asking anybody: an image FROM scratch has no /etc/hosts. RFC 6761 6.3.
Addresses loopback(std::uint16_t port) {
  Addresses both = literal_address("127.0.0.1", port);
  both.push_back(literal_address("::1", port).front());
  return both;
}

/// A look-up on the thread pool. libuv calls back in every case, so the task that waits always ends.
struct LookUp {
  explicit LookUp(Loop& loop_in) : loop(loop_in), done(loop_in) {}
  Loop& loop;
  Event done;
  uv_getaddrinfo_t request{};
  int status = 0;
  Addresses addresses;
};

void looked_up(uv_getaddrinfo_t* request, int status, addrinfo* list) {
  auto& look_up = *static_cast<LookUp*>(request->data);
  look_up.status = status;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    look_up.addresses.push_back(address_of(entry->ai_addr, entry->ai_addrlen));
  }
  uv_freeaddrinfo(list);
  Loop& loop = look_up.loop;
  look_up.done.set();
  loop.run_ready();
}

/// 0 or an errno.
Task<int> connect_one(Loop& loop, const SocketAddress& address, Fd& socket, CancelToken token) {
  const int family = address.storage.ss_family;
  socket = Fd(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) co_return errno;
  if (family != AF_UNIX) {
    const int on = 1;
    (void)::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.size) == 0) co_return 0;
  if (errno != EINPROGRESS) co_return errno;
  FdWatch watch(loop, socket.get());
  CancelHook hook(token, [&watch] { watch.cancel(); });
  Result<void> waited = co_await watch.writable();
  if (!waited.ok()) co_return waited.error().code == Errc::system ? waited.error().sys : ECANCELED;
  int error = 0;
  socklen_t size = sizeof error;
  (void)::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  co_return error;
}

}  // namespace

std::string Endpoint::text() const {
  if (host.empty()) return "unix:" + unix_path;
  const bool brackets = host.find(':') != std::string::npos;
  return (brackets ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Task<Result<std::vector<SocketAddress>>> resolve(Loop& loop, const Endpoint& endpoint) {
  if (endpoint.host.empty()) co_return unix_address(endpoint.unix_path);
  Addresses known = literal_address(endpoint.host, endpoint.port);
  if (known.empty() && ::strcasecmp(endpoint.host.c_str(), "localhost") == 0) known = loopback(endpoint.port);
  if (!known.empty()) co_return known;
  LookUp look_up(loop);
  look_up.request.data = &look_up;
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  const std::string service = std::to_string(endpoint.port);
  const int begun = uv_getaddrinfo(loop.uv(), &look_up.request, looked_up, endpoint.host.c_str(), service.c_str(), &hints);
  if (begun != 0) co_return Error(Errc::invalid, "look up " + endpoint.host + ": " + uv_strerror(begun));
  co_await look_up.done.wait();
  if (look_up.status != 0) co_return Error(Errc::invalid, "look up " + endpoint.host + ": " + uv_strerror(look_up.status));
  if (look_up.addresses.empty()) co_return Error(Errc::invalid, "look up " + endpoint.host + ": no address");
  co_return std::move(look_up.addresses);
}

Task<Result<Fd>> connect_to(Loop& loop, const std::vector<SocketAddress>& addresses, const Endpoint& endpoint,
                            CancelToken token) {
  int error = ENOENT;
  for (const SocketAddress& address : addresses) {
    Fd socket;
    error = co_await connect_one(loop, address, socket, token);
    if (error == 0) co_return socket;
    if (token.requested()) co_return Error(Errc::cancelled, "connect to " + endpoint.text());
  }
  co_return Error::system(error, "connect to " + endpoint.text());
}

}  // namespace fwatchdog
