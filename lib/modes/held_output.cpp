#include "modes/held_output.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <chrono>
#include <new>

namespace fwatchdog {

namespace {

constexpr std::size_t kFirstBlock = 4 * 1024;  // most answers
constexpr std::size_t kLaterBlock = 256 * 1024;
/// From here on blocks are large. What of one is not used was never there.
constexpr std::size_t kLargeOutput = 2 * 1024 * 1024;

constexpr std::size_t kMostSpare = 8;                 // blocks
constexpr auto kSpareTime = std::chrono::seconds(1);  // between two looks

}  // namespace

LargeBlocks::LargeBlocks(Loop& loop) : sweep_(loop, [this] { free_unneeded(); }) { spare_.reserve(kMostSpare); }

std::unique_ptr<char, LargeBlocks::GiveBack> LargeBlocks::take() {
  std::unique_ptr<char, GiveBack> block(nullptr, GiveBack{this});
  if (!spare_.empty()) {
    block.reset(spare_.back());
    spare_.pop_back();
    unneeded_ = std::min(unneeded_, spare_.size());
    return block;
  }
  void* mapped = ::mmap(nullptr, kBlockSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return block;
  (void)::madvise(mapped, kBlockSize, MADV_HUGEPAGE);  // where it is refused, small pages do
  block.reset(static_cast<char*>(mapped));
  return block;
}

void LargeBlocks::give_back(char* block) noexcept {
  if (spare_.size() == kMostSpare || ::madvise(block, kBlockSize, MADV_FREE) != 0) {
    ::munmap(block, kBlockSize);
    return;
  }
  spare_.push_back(block);
  if (!sweep_.running()) sweep_.start(kSpareTime);
}

void LargeBlocks::free_unneeded() noexcept {
  free_spare(unneeded_);
  unneeded_ = spare_.size();
  if (!spare_.empty()) sweep_.start(kSpareTime);
}

void LargeBlocks::free_spare(std::size_t count) noexcept {
  const auto end = spare_.begin() + static_cast<std::ptrdiff_t>(count);
  std::for_each(spare_.begin(), end, [](char* block) { ::munmap(block, kBlockSize); });
  spare_.erase(spare_.begin(), end);
}

HeldOutput::Block HeldOutput::next_block() {
  Block block;
  if (size_ >= kLargeOutput) {
    block.large = large_.take();
    // Where there is none, not in smaller pieces either: what is left of the memory is for everybody else.
    if (block.large) block.bytes = std::span<char>(block.large.get(), LargeBlocks::kBlockSize);
    return block;
  }
  const std::size_t capacity = size_ == 0 ? kFirstBlock : kLaterBlock;
  block.small.reset(new (std::nothrow) char[capacity]);
  if (block.small) block.bytes = std::span<char>(block.small.get(), capacity);
  return block;
}

std::span<char> HeldOutput::room() {
  if (blocks_.empty() || blocks_.back().used == blocks_.back().bytes.size()) {
    Block next = next_block();
    if (next.bytes.empty()) return {};
    blocks_.push_back(std::move(next));
  }
  const Block& last = blocks_.back();
  return last.bytes.subspan(last.used);
}

void HeldOutput::filled(std::size_t count) {
  blocks_.back().used += count;
  size_ += count;
}

void HeldOutput::clear() {
  blocks_.clear();
  size_ = 0;
}

void HeldOutput::append_to(std::vector<std::string_view>& to) const {
  for (const Block& block : blocks_) to.emplace_back(block.bytes.data(), block.used);
}

}  // namespace fwatchdog
