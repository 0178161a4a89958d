#include "modes/held_output.hpp"

#include <sys/mman.h>

#include <cstdint>
#include <new>

namespace fwatchdog {

namespace {

constexpr std::size_t kFirstBlock = 4 * 1024;  // most answers
constexpr std::size_t kLaterBlock = 256 * 1024;
/// Large outputs go to blocks of large pages: to fill 4 KiB pages one by one costs more than to copy the bytes. What of a block
/// is not used was never there.
constexpr std::size_t kLargePage = 2 * 1024 * 1024;
constexpr std::size_t kLargeBlock = 4 * kLargePage;

}  // namespace

void HeldOutput::Free::operator()(char* bytes) const noexcept {
  if (mapped == 0) {
    delete[] bytes;
  } else {
    ::munmap(bytes, mapped);
  }
}

HeldOutput::Block HeldOutput::next_block(std::size_t held) {
  if (held >= kLargePage) {
    void* mapped = ::mmap(nullptr, kLargeBlock, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    // Not in smaller pieces either: what is left of the memory is for everybody else.
    if (mapped == MAP_FAILED) return Block{{nullptr, Free()}, 0};
    (void)::madvise(mapped, kLargeBlock, MADV_HUGEPAGE);  // where it is refused, small pages do
    return Block{{static_cast<char*>(mapped), Free{kLargeBlock}}, kLargeBlock};
  }
  const std::size_t capacity = held == 0 ? kFirstBlock : kLaterBlock;
  return Block{{new (std::nothrow) char[capacity], Free()}, capacity};
}

std::span<char> HeldOutput::room() {
  if (blocks_.empty() || blocks_.back().used == blocks_.back().capacity) {
    Block next = next_block(size_);
    if (!next.bytes) return {};
    blocks_.push_back(std::move(next));
  }
  Block& last = blocks_.back();
  return std::span<char>(last.bytes.get() + last.used, last.capacity - last.used);
}

void HeldOutput::filled(std::size_t count) {
  blocks_.back().used += count;
  size_ += count;
}

void HeldOutput::append_to(std::vector<std::string_view>& to) const {
  for (const Block& block : blocks_) to.emplace_back(block.bytes.get(), block.used);
}

}  // namespace fwatchdog
