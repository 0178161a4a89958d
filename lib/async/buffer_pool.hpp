/// BufferPool: read buffers of one size that are held only while there is something in them. Belongs to one loop.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace fwatchdog {

/// What connections read at once: bodies of 64 KiB, a common size, arrive with their heads in one piece.
inline constexpr std::size_t kReadSize = (64U + 16U) * 1024;

class BufferPool {
 public:
  /// Keeps up to `kept` unused buffers of `size` bytes.
  BufferPool(std::size_t size, std::size_t kept) : size_(size), kept_(kept) {}
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;

  /// A buffer on loan, or none. The pool must outlive it.
  class Lease {
   public:
    Lease() = default;
    Lease(BufferPool& pool, std::unique_ptr<char[]> bytes) : pool_(&pool), bytes_(std::move(bytes)) {}
    Lease(Lease&& other) noexcept = default;
    Lease& operator=(Lease&& other) noexcept {
      give_back();
      pool_ = other.pool_;
      bytes_ = std::move(other.bytes_);
      return *this;
    }
    ~Lease() { give_back(); }

    explicit operator bool() const { return bytes_ != nullptr; }
    std::span<char> span() const { return std::span<char>(bytes_.get(), bytes_ ? pool_->size_ : 0); }
    // Nearly always there is nothing to give back: that must cost no call.
    [[gnu::always_inline]] void give_back() {
      if (bytes_) pool_->take_back(std::exchange(bytes_, nullptr));
    }

   private:
    BufferPool* pool_ = nullptr;
    std::unique_ptr<char[]> bytes_;
  };

  Lease lend() {
    if (free_.empty()) return Lease(*this, std::make_unique_for_overwrite<char[]>(size_));
    std::unique_ptr<char[]> bytes = std::move(free_.back());
    free_.pop_back();
    return Lease(*this, std::move(bytes));
  }

 private:
  [[gnu::noinline]] void take_back(std::unique_ptr<char[]> bytes) {
    if (free_.size() < kept_) free_.push_back(std::move(bytes));
  }

  std::size_t size_;
  std::size_t kept_;
  std::vector<std::unique_ptr<char[]>> free_;
};

}  // namespace fwatchdog
