/// ModeHandler: a Handler that runs the function, with what the service wants to know of it.
#pragma once

#include "async/cancel.hpp"
#include "http/handler.hpp"
#include "log/logger.hpp"

namespace fwatchdog {

class ModeHandler : public Handler {
 public:
  /// Logs what is to be said of the mode at the start.
  virtual void announce(Logger& logger) const { (void)logger; }
  /// False while calls would have to wait for the function to come up.
  virtual Task<bool> ready() { co_return true; }
  /// False once the function has failed too often.
  virtual bool healthy() const { return true; }
  /// What goes on beside the calls. Ends soon after `stop` was requested; must not end by an exception.
  virtual Task<void> live(CancelToken stop) {
    (void)stop;
    co_return;
  }
};

}  // namespace fwatchdog
