/// Memory for coroutine frames: one free list for each size class of each thread, because a request makes and ends a dozen
/// frames.
#pragma once

#include <cstddef>

namespace fwatchdog {

class FramePool {
 public:
  /// Memory for `size` bytes, aligned for any object. Throws std::bad_alloc.
  static void* allocate(std::size_t size);
  /// Gives back what allocate(size) returned, on the thread that asked for it.
  static void release(void* frame, std::size_t size) noexcept;
};

}  // namespace fwatchdog
