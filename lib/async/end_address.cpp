#include "async/end_address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

namespace fwatchdog {

namespace {

using Ask = int (*)(int, sockaddr*, socklen_t*);

EndAddress ask(Ask how, int socket) {
  sockaddr_storage found{};
  socklen_t size = sizeof found;
  if (how(socket, reinterpret_cast<sockaddr*>(&found), &size) != 0) return {};
  char text[INET6_ADDRSTRLEN] = {};
  if (found.ss_family == AF_INET) {
    sockaddr_in four{};
    std::memcpy(&four, &found, sizeof four);
    return {::inet_ntop(AF_INET, &four.sin_addr, text, sizeof text), ntohs(four.sin_port)};
  }
  if (found.ss_family != AF_INET6) return {};
  sockaddr_in6 six{};
  std::memcpy(&six, &found, sizeof six);
  const bool mapped = IN6_IS_ADDR_V4MAPPED(&six.sin6_addr);
  const void* const bytes = mapped ? six.sin6_addr.s6_addr + 12 : six.sin6_addr.s6_addr;
  return {::inet_ntop(mapped ? AF_INET : AF_INET6, bytes, text, sizeof text), ntohs(six.sin6_port)};
}

}  // namespace

EndAddress remote_address(int socket) { return ask(::getpeername, socket); }
EndAddress local_address(int socket) { return ask(::getsockname, socket); }

}  // namespace fwatchdog
