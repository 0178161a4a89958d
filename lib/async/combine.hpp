/// Running tasks side by side inside one task.
#pragma once

#include <array>
#include <cstddef>
#include <utility>

#include "async/scope.hpp"

namespace fwatchdog {

/// Runs all tasks at the same time and ends when the last has ended; never earlier, so they may share the caller's locals.
/// Results go out through what the tasks were given.
template <class... Tasks>
Task<void> when_all(Loop& loop, Tasks... tasks) {
  TaskScope scope(loop);
  (scope.spawn(std::move(tasks)), ...);
  co_await scope.join();
}

}  // namespace fwatchdog
