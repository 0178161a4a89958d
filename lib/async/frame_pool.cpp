#include "async/frame_pool.hpp"

#include <array>
#include <new>

namespace fwatchdog {

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kPooled = false;  // so that the sanitizer sees the life of every frame
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kPooled = false;
#else
constexpr bool kPooled = true;
#endif
#else
constexpr bool kPooled = true;
#endif

constexpr std::size_t kGrain = 128;
constexpr std::size_t kClasses = 24;       // frames up to 3 KiB
constexpr std::size_t kKeptPerClass = 64;  // what a burst leaves behind stays small

struct FreeFrame {
  FreeFrame* next;
};

struct FreeList {
  FreeFrame* first = nullptr;
  std::size_t count = 0;
};

/// Frees what is left when the thread ends.
struct ThreadPool {
  std::array<FreeList, kClasses> lists;
  ~ThreadPool() {
    for (FreeList& list : lists) {
      while (list.first != nullptr) {
        FreeFrame* frame = list.first;
        list.first = frame->next;
        ::operator delete(frame);
      }
    }
  }
};

thread_local ThreadPool pool;

}  // namespace

void* FramePool::allocate(std::size_t size) {
  const std::size_t size_class = (size - 1) / kGrain;
  if (!kPooled || size_class >= kClasses) return ::operator new(size);
  FreeList& list = pool.lists[size_class];
  if (list.first == nullptr) return ::operator new((size_class + 1) * kGrain);
  FreeFrame* frame = list.first;
  list.first = frame->next;
  --list.count;
  return frame;
}

void FramePool::release(void* frame, std::size_t size) noexcept {
  const std::size_t size_class = (size - 1) / kGrain;
  if (!kPooled || size_class >= kClasses) {
    ::operator delete(frame);
    return;
  }
  FreeList& list = pool.lists[size_class];
  if (list.count >= kKeptPerClass) {
    ::operator delete(frame);
    return;
  }
  list.first = new (frame) FreeFrame{list.first};
  ++list.count;
}

}  // namespace fwatchdog
