/// HeldOutput: output that is held until it is known what becomes of it, in blocks, so that it is neither copied nor moved as it
/// grows.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace fwatchdog {

class HeldOutput {
 public:
  /// Room for the next read; empty where there is no memory for it. Valid until the next call.
  std::span<char> room();
  /// `count` bytes of room() were filled.
  void filled(std::size_t count);

  std::size_t size() const { return size_; }
  /// Appends views of all blocks to `to`; they live as long as this object.
  void append_to(std::vector<std::string_view>& to) const;

 private:
  struct Free {
    std::size_t mapped = 0;  // bytes that the system gave, 0 where they came from the heap
    void operator()(char* bytes) const noexcept;
  };
  struct Block {
    std::unique_ptr<char, Free> bytes;
    std::size_t capacity;
    std::size_t used = 0;
  };
  /// Without bytes where there is no memory.
  static Block next_block(std::size_t held);
  std::vector<Block> blocks_;
  std::size_t size_ = 0;
};

}  // namespace fwatchdog
