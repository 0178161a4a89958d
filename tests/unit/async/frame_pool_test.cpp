#include "async/frame_pool.hpp"

#include <doctest/doctest.h>
#include <malloc.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

#include "async/spare_memory.hpp"

using namespace fwatchdog;

namespace {

struct Block {
  void* memory;
  std::size_t size;
};

// Every block is filled with its own number, so that two that overlap are seen.
bool all_apart(int rounds) {
  bool good = true;
  for (int round = 0; round < rounds; ++round) {
    std::vector<Block> blocks;
    for (std::size_t number = 0; number < 500; ++number) {
      const std::size_t size = 1 + (number * 37) % 5000;  // beyond the largest size class too
      void* memory = FramePool::allocate(size);
      good = good && reinterpret_cast<std::uintptr_t>(memory) % alignof(std::max_align_t) == 0;
      std::memset(memory, static_cast<int>(number & 0xffU), size);
      blocks.push_back({memory, size});
    }
    for (std::size_t number = 0; number < blocks.size(); ++number) {
      const auto* bytes = static_cast<const unsigned char*>(blocks[number].memory);
      for (std::size_t at = 0; at < blocks[number].size; ++at) good = good && bytes[at] == (number & 0xffU);
    }
    for (const Block& block : blocks) FramePool::release(block.memory, block.size);
  }
  return good;
}

}  // namespace

TEST_CASE("frame pool: blocks of any size are aligned and apart, also when they come from the free list") { CHECK(all_apart(3)); }

TEST_CASE("frame pool: each thread has its own and gives it back at its end") {
  bool first = false;
  bool second = false;
  std::thread one([&] { first = all_apart(2); });
  std::thread two([&] { second = all_apart(2); });
  one.join();
  two.join();
  CHECK(first);
  CHECK(second);
}

#ifdef __GLIBC__
TEST_CASE("frame pool: what a thread keeps can be given back") {
  CHECK(all_apart(1));
  const std::size_t kept = ::mallinfo2().uordblks;
  give_back_spare_memory();
  const std::size_t left = ::mallinfo2().uordblks;
  CHECK((kept == 0 || left + 100'000 < kept));  // a sanitizer keeps none, and tells nothing
  CHECK(all_apart(2));
}
#endif
