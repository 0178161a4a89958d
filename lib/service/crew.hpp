/// Crew: all workers, and how the connections come to them.
///
/// One loop accepts, the first one, and gives each connection to the worker that has the fewest, the first of several. The two
/// other ways were measured with two workers, 60 times each:
/// - a listener for each worker (SO_REUSEPORT): the kernel's hash knows nothing of the workers. Of 8 connections, as a gateway
///   keeps open, the one gets 4 in a quarter of the runs, 5 or 6 mostly, and up to 7; of 64 up to 42. That lasts as long as the
///   connections do. What waits in the queue of a listener that is closed is reset;
/// - one listener that all watch (EPOLLEXCLUSIVE): the same one is woken again and again while it has nothing else to do: it gets
/// 8
///   of 8, and 57 to 64 of 64.
/// Here all have the same number, give or take one. It costs a wake-up of the other thread for each connection, not for each
/// request. And calls that come one after the other stay on the first loop, with the function's connections that are open
/// already: a caller alone never wakes a second thread.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "async/listener.hpp"
#include "service/metrics_endpoint.hpp"
#include "service/worker_thread.hpp"

namespace fwatchdog {

class Crew {
 public:
  /// Makes the mode of a worker.
  using MakeMode = std::function<MadeMode(Loop& loop, Logger& logger)>;

  /// `logger` is the first loop's.
  Crew(const WorkerThread::Parts& parts, Logger& logger) : parts_(parts), logger_(logger) {}

  /// The first worker is on the first loop and adds no thread. The error is that of its mode.
  Result<void> make_first(const MakeMode& make_mode);
  /// Up to `count` workers together. Where the system does not give all the threads there are fewer, with a warning.
  void make_others(std::size_t count, const MakeMode& make_mode);

  /// The first worker's.
  const ModeHandler& mode() const { return *mode_; }
  std::vector<Gauge> gauges() const;

  /// Takes connections until the listener has no more.
  Task<void> accept_from(Listener& listener);
  /// No connection stays longer than its current request.
  void drain();
  /// Ends every connection at once.
  void abort();
  /// Waits for the last connection, once the listener was told to finish.
  Task<void> join();

  /// What the modes do beside the calls, until end_modes() was called and, after that, join() has ended; and the end of all
  /// threads.
  Task<void> live();
  /// Calls that wait for the function to come up are answered now.
  void end_modes();

 private:
  /// Who is to have the next connection; null: the first worker.
  WorkerThread* least_busy() const;

  WorkerThread::Parts parts_;
  Logger& logger_;
  std::unique_ptr<ModeHandler> mode_;
  std::unique_ptr<Worker> first_;
  std::vector<std::unique_ptr<WorkerThread>> threads_;
  CancelSource ending_;
  Event accepted_all_{parts_.first_loop};
  Event joined_{parts_.first_loop};
};

}  // namespace fwatchdog
