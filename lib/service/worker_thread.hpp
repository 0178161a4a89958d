/// WorkerThread: a worker with a loop of its own in a thread of its own. All but the first worker are such.
#pragma once

#include <memory>
#include <optional>
#include <thread>

#include "async/event.hpp"
#include "middleware/remote_keys.hpp"
#include "modes/mode_parts.hpp"
#include "service/service_log.hpp"
#include "service/worker.hpp"

namespace fwatchdog {

/// Made, told and destroyed on the first loop; what is told happens soon, on its own loop and in that order.
class WorkerThread {
 public:
  /// What it is made from. All of it outlives the thread.
  struct Parts {
    Loop& first_loop;
    LogSinks& sinks;
    const WorkerRules& rules;
    SharedState& shared;
    Jwks* keys;  ///< of the first loop; null: no tokens are asked for
  };

  WorkerThread(std::size_t number, const Parts& parts);
  WorkerThread(const WorkerThread&) = delete;
  WorkerThread& operator=(const WorkerThread&) = delete;
  /// Must have ended, or never been started.
  ~WorkerThread();

  Loop& loop() { return loop_; }
  Logger& logger() { return log_.logger(); }
  /// Serves with `mode` from now on. Throws std::system_error where the system gives no thread.
  void start(std::unique_ptr<ModeHandler> mode);

  /// Serves a connection of the listener.
  void take(Fd socket);
  /// Connections that it serves, or was given.
  std::uint64_t connections() const { return worker_->server().connections(); }

  /// As those of HttpServer.
  void drain();
  void abort();
  /// Waits for the last connection, once.
  Task<void> join();
  /// Ends what goes on beside the calls.
  void end_mode();
  /// Waits for the end of the thread, once. After join() and end_mode().
  Task<void> end();

 private:
  Task<void> live();
  Task<void> tell_of_last_connection();

  const std::size_t number_;
  Parts parts_;
  Loop loop_;
  LoopLog log_;
  std::optional<RemoteKeys> keys_;
  std::unique_ptr<ModeHandler> mode_;
  std::unique_ptr<Worker> worker_;
  CancelSource mode_ending_;
  TaskScope beside_{loop_};
  Event told_to_end_{loop_};
  Event joined_;
  Event ended_;
  std::thread thread_;
};

}  // namespace fwatchdog
