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

  /// The next connection, non-blocking and without delay. Where the system gives none for want of descriptors or memory, or a
  /// rule of its firewall forbids it, it waits and tries again, without spinning. Errc::cancelled after close() and finish().
  Task<Result<Fd>> accept();

  /// No connections any more but those that the system has taken already: accept() gives them, then it closes. A caller whose
  /// connection is among them has no other way to learn that nobody comes.
  void finish();
  /// Refuses new connections from now on and ends a pending accept().
  void close();

 private:
  Loop& loop_;
  Fd socket_;
  FdWatch watch_;
  CancelSource closing_;
  bool finishing_ = false;
};

}  // namespace fwatchdog
