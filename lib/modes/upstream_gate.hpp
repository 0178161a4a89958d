/// UpstreamGate: holds calls back until the function's own server accepts a connection for the first time.
#pragma once

#include <vector>

#include "async/event.hpp"
#include "async/timer.hpp"
#include "http/client_pool.hpp"
#include "modes/upstream_signal.hpp"

namespace fwatchdog {

class UpstreamGate {
 public:
  /// All three must outlive this object, and the loop must not turn any more when it is destroyed.
  UpstreamGate(Loop& loop, ClientPool& pool, UpstreamSignal& signal) : loop_(loop), pool_(pool), signal_(signal) {}
  UpstreamGate(const UpstreamGate&) = delete;
  UpstreamGate& operator=(const UpstreamGate&) = delete;

  bool open() const { return open_; }
  /// Why it is still shut: the last connection's error.
  const std::string& reason() const { return reason_; }

  /// Tries to connect again and again, until it works or `stop` is requested. The connection that worked goes to the pool. After
  /// a `stop` nobody waits any longer: the gate stays shut.
  Task<void> watch(CancelToken stop);
  /// The same without trying, where another worker's gate does that: one connection is enough to find out, and each that waits
  /// unused keeps a server of few threads from its work.
  Task<void> wait_for_others(CancelToken stop);
  /// Tries once, now; true where the gate is open after it.
  Task<bool> try_now();
  /// Waits until the gate is open. False where `token` asked for an end before, or watch() has ended without success.
  Task<bool> wait(CancelToken token);

 private:
  void open_now();
  void give_up();
  void open_with(std::unique_ptr<ClientConnection> connection);
  void wake_all();

  Loop& loop_;
  ClientPool& pool_;
  UpstreamSignal& signal_;
  CancelSource never_;  // for attempts that end by themselves
  bool open_ = false;
  bool given_up_ = false;
  std::string reason_ = "the function does not accept connections yet";
  std::vector<Event*> waiting_;
};

}  // namespace fwatchdog
