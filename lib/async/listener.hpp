/// Listener: a TCP port of all addresses of the machine, IPv6 and IPv4.
#pragma once

#include <cstdint>

#include "async/fd.hpp"
#include "async/fd_watch.hpp"
#include "async/task.hpp"
#include "async/timer.hpp"
#include "result.hpp"

namespace fwatchdog {

class Listener {
 public:
  /// Binds and listens. `shared`: other listeners of this program may have the same port (SO_REUSEPORT). The error's text is that
  /// of the contract: `listen tcp :8080: bind: address already in use`.
  static Result<Fd> open(std::uint16_t port, bool shared);

  /// `socket` comes from open().
  Listener(Loop& loop, Fd socket);

  /// The next connection, non-blocking and without delay. Where the system has no descriptor left it waits until one is, without
  /// spinning. Errc::cancelled after close().
  Task<Result<Fd>> accept();

  /// Refuses new connections from now on and ends a pending accept().
  void close();

 private:
  Loop& loop_;
  Fd socket_;
  FdWatch watch_;
  CancelSource closing_;
};

}  // namespace fwatchdog
