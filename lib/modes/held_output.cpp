#include "modes/held_output.hpp"

namespace fwatchdog {

namespace {

constexpr std::size_t kFirstBlock = 4 * 1024;  // most answers
constexpr std::size_t kLaterBlock = 256 * 1024;

}  // namespace

std::span<char> HeldOutput::room() {
  if (blocks_.empty() || blocks_.back().used == blocks_.back().capacity) {
    const std::size_t capacity = blocks_.empty() ? kFirstBlock : kLaterBlock;
    blocks_.push_back(Block{std::make_unique_for_overwrite<char[]>(capacity), capacity, 0});
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
