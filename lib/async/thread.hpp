/// Threads of the program's own.
#pragma once

#include <functional>
#include <thread>

namespace fwatchdog {

/// Starts a thread that takes none of the program's signals: those are for the thread that has the first loop. Throws
/// std::system_error where the system gives none.
std::thread start_thread(std::function<void()> work);

}  // namespace fwatchdog
