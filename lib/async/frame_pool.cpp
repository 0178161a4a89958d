#include "async/frame_pool.hpp"

#include <malloc.h>

#include <array>
#include <new>

#include "async/spare_memory.hpp"

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
constexpr std::size_t kClasses = 24;             // frames up to 3 KiB
constexpr std::size_t kKeptBytes = 128U << 10U;  // of each class: what a burst leaves behind stays small

struct FreeFrame {
  FreeFrame* next;
};

struct FreeList {
  FreeFrame* first = nullptr;
  std::size_t count = 0;
};

// Without constructor and destructor, so that reaching it is one instruction.
constinit thread_local std::array<FreeList, kClasses> lists{};

void free_all() {
  for (FreeList& list : lists) {
    while (list.first != nullptr) {
      FreeFrame* frame = list.first;
      list.first = frame->next;
      ::operator delete(frame);
    }
    list.count = 0;
  }
}

/// Frees what is left when the thread ends.
struct ThreadEnd {
  bool awaited = false;
  ~ThreadEnd() { free_all(); }
};

thread_local ThreadEnd thread_end;

void* allocate_new(std::size_t size) {
  thread_end.awaited = true;  // whoever has frames has them freed
  return ::operator new(size);
}

}  // namespace

void* FramePool::allocate(std::size_t size) {
  if (!kPooled || size > kClasses * kGrain) return ::operator new(size);
  const std::size_t size_class = (size - 1) / kGrain;
  FreeList& list = lists[size_class];
  if (list.first == nullptr) return allocate_new((size_class + 1) * kGrain);
  FreeFrame* frame = list.first;
  list.first = frame->next;
  --list.count;
  return frame;
}

void FramePool::release(void* frame, std::size_t size) noexcept {
  if (!kPooled || size > kClasses * kGrain) {
    ::operator delete(frame);
    return;
  }
  const std::size_t size_class = (size - 1) / kGrain;
  FreeList& list = lists[size_class];
  if (list.count * (size_class + 1) * kGrain >= kKeptBytes) {
    ::operator delete(frame);
    return;
  }
  list.first = new (frame) FreeFrame{list.first};
  ++list.count;
}

void give_back_spare_memory() {
  free_all();
#ifdef __GLIBC__
  ::malloc_trim(0);
#endif
}

}  // namespace fwatchdog
