#include "async/thread.hpp"

#include <pthread.h>

#include <csignal>
#include <utility>

namespace fwatchdog {

std::thread start_thread(std::function<void()> work) {
  // A thread begins with the mask of its maker. What the hardware sends is still for whoever caused it.
  sigset_t ours;
  sigset_t before;
  sigfillset(&ours);
  for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP}) sigdelset(&ours, number);
  (void)::pthread_sigmask(SIG_BLOCK, &ours, &before);
  std::thread started;
  try {
    started = std::thread(std::move(work));
  } catch (...) {
    (void)::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw;
  }
  (void)::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return started;
}

}  // namespace fwatchdog
