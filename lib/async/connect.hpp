/// Connecting to a peer: by address, by name (looked up on a thread of its own, never on the loop), or by the path of a Unix
/// socket.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <vector>

#include "async/cancel.hpp"
#include "async/fd.hpp"
#include "async/fd_watch.hpp"
#include "async/task.hpp"
#include "result.hpp"

namespace fwatchdog {

/// Where a peer listens.
struct Endpoint {
  std::string host;  ///< a name, an IPv4 or an IPv6 address without brackets; empty: a Unix socket
  std::uint16_t port = 0;
  std::string unix_path;

  /// `127.0.0.1:3000`, `[::1]:80`, `unix:/run/fn.sock`.
  std::string text() const;
};

/// One address of a peer, ready for connect(2).
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

/// The addresses of `endpoint`, in the order in which they are to be tried. Names are looked up anew each time; addresses and
/// paths need no look-up and never wait. Errc::invalid for a name without addresses or a path that is too long; Errc::cancelled
/// when `token` asks for an end, at once.
Task<Result<std::vector<SocketAddress>>> resolve(Loop& loop, const Endpoint& endpoint, CancelToken token);

/// A connected, non-blocking socket without delay. Tries one address after the other; the error is that of the last, or
/// Errc::cancelled when `token` asks for an end. `endpoint` is for the error's text only.
Task<Result<Fd>> connect_to(Loop& loop, const std::vector<SocketAddress>& addresses, const Endpoint& endpoint, CancelToken token);

}  // namespace fwatchdog
