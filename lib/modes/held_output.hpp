/// HeldOutput: output that is held until it is known what becomes of it, in blocks, so that it is neither copied nor moved as it
/// grows. LargeBlocks: where the large ones come from.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "async/timer.hpp"

namespace fwatchdog {

/// Blocks of large pages. To fill 4 KiB pages one by one costs more than to copy the bytes into them, and pages that are there
/// already cost least: up to 64 MiB of blocks, of each worker, are kept until they were not needed for a second or two. The
/// system may take them back in that time as soon as it is short of memory (MADV_FREE).
class LargeBlocks {
 public:
  static constexpr std::size_t kBlockSize = 8 * 1024 * 1024;

  explicit LargeBlocks(Loop& loop);
  LargeBlocks(const LargeBlocks&) = delete;
  LargeBlocks& operator=(const LargeBlocks&) = delete;
  /// All blocks must be back.
  ~LargeBlocks() { free_spare(spare_.size()); }

  struct GiveBack {
    LargeBlocks* to;
    void operator()(char* block) const noexcept { to->give_back(block); }
  };
  /// Null where there is no memory.
  std::unique_ptr<char, GiveBack> take();

 private:
  void give_back(char* block) noexcept;
  void free_unneeded() noexcept;
  void free_spare(std::size_t count) noexcept;

  std::vector<char*> spare_;  // the one used last at the end
  std::size_t unneeded_ = 0;  // the smallest number of spare ones since free_unneeded()
  Timer sweep_;
};

class HeldOutput {
 public:
  /// `large` must outlive this object.
  explicit HeldOutput(LargeBlocks& large) : large_(large) {}
  HeldOutput(const HeldOutput&) = delete;
  HeldOutput& operator=(const HeldOutput&) = delete;

  /// Room for the next read; empty where there is no memory for it. Valid until the next call.
  std::span<char> room();
  /// `count` bytes of room() were filled.
  void filled(std::size_t count);
  /// Forgets what it holds.
  void clear();

  std::size_t size() const { return size_; }
  /// Appends views of all blocks to `to`; they live until clear(), or as long as this object.
  void append_to(std::vector<std::string_view>& to) const;

 private:
  struct Block {
    std::unique_ptr<char[]> small;
    std::unique_ptr<char, LargeBlocks::GiveBack> large;
    std::span<char> bytes;  // of the one of the two that is there; none where there was no memory
    std::size_t used = 0;
  };
  Block next_block();

  LargeBlocks& large_;
  std::vector<Block> blocks_;
  std::size_t size_ = 0;
};

}  // namespace fwatchdog
