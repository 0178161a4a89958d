/// The two-way tunnel behind a `101 Switching Protocols`.
#pragma once

#include "async/timer.hpp"
#include "http/client_connection.hpp"
#include "http/handler.hpp"

namespace fwatchdog {

/// Moves bytes both ways until both sides have ended theirs. The end of one side is passed on; after it the other one may be
/// silent for `silence` at most (zero: for ever), a caller whose function has ended for no more than two seconds. An error of
/// either side, or `token`, ends both.
Task<void> run_tunnel(Loop& loop, const Tunnel& caller, ClientConnection& upstream, Nanoseconds silence, CancelToken token);

}  // namespace fwatchdog
