/// ProcessCounts: what became of the processes that were started for single calls, for the metrics.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "async/cache_line.hpp"

namespace fwatchdog {

/// Why a call's process was killed before it ended.
enum class KillReason { time_limit, caller_gone, bad_request_body, shutdown };
inline constexpr std::size_t kKillReasons = 4;

/// For all threads.
struct alignas(kCacheLine) ProcessCounts {
  std::atomic<std::uint64_t> started{0};  ///< those that are kept warm too
  std::array<std::atomic<std::uint64_t>, kKillReasons> killed{};

  void count_start() { started.fetch_add(1, std::memory_order_relaxed); }
  void count_kill(KillReason why) { killed[static_cast<std::size_t>(why)].fetch_add(1, std::memory_order_relaxed); }
};

}  // namespace fwatchdog
