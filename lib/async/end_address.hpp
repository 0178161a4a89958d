/// The addresses of the two ends of a connection.
#pragma once

#include <cstdint>
#include <string>

namespace fwatchdog {

struct EndAddress {
  std::string address;  ///< `127.0.0.1` or `2001:db8::1`, IPv4 on a socket of IPv6 too; empty where the socket is of no network
  std::uint16_t port = 0;  ///< 0 likewise
};

/// Of the other end, empty where it has left.
EndAddress remote_address(int socket);
/// Of our end.
EndAddress local_address(int socket);

}  // namespace fwatchdog
