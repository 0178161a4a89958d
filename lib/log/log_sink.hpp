/// Where log lines leave the process. Serving must never wait for whoever reads our output: what the descriptor does not take at
/// once is kept up to a bound, and beyond it whole lines are dropped and counted (CONTRACT: function output in the log).
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "log/line_format.hpp"

namespace fwatchdog {

/// Writes whole lines to one descriptor without blocking. Thread-safe; workers share one. The program ignores SIGPIPE.
///
/// A pipe or terminal is opened once more through /proc, since O_NONBLOCK on the given descriptor would be seen by every process
/// that shares it. Where that is not allowed each write waits for poll's word and is small. A regular file is simply written.
/// What an error of the descriptor (no reader, disk full) meets is dropped and counted without a word; the next lines try again.
class LogSink {
 public:
  /// Bytes that are kept for a slow reader.
  static constexpr std::size_t kBound = std::size_t{1} << 20;

  /// `descriptor` stays the caller's and must outlive the sink. If it is not open, nothing is ever written. `name` is how a line
  /// about dropped lines calls it: `standard error`.
  LogSink(int descriptor, std::string name, LineFormat format);
  ~LogSink();
  LogSink(const LogSink&) = delete;
  LogSink& operator=(const LogSink&) = delete;

  /// Takes whole lines, each with its end. Bytes after the last end count as a line.
  void write(std::string_view lines);

  /// Tries again to write what is kept.
  void flush();

  /// The same until nothing is kept or `bound` has passed. The only member that waits.
  void flush_before_exit(std::chrono::milliseconds bound);

  /// Whether lines are kept; flush() should then be called again soon.
  bool pending() const { return pending_.load(std::memory_order_relaxed); }

  /// Lines dropped since the start.
  std::uint64_t dropped_lines() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  enum class Kind { closed, file, socket, reopened, polled };

  static Kind kind_of(int descriptor);
  int descriptor_in_use() const { return reopened_ >= 0 ? reopened_ : descriptor_; }
  std::string_view kept() const { return std::string_view(kept_).substr(sent_); }

  long write_once(std::string_view bytes) const;
  std::size_t write_some(std::string_view bytes, bool& failed) const;
  void send_kept();
  void resume_after_drop();
  void keep(std::string_view lines, bool torn);
  void count_dropped(std::string_view lines, bool slow_reader);
  void take(std::string_view lines);
  void note_pending();

  const int descriptor_;
  const std::string name_;
  Kind kind_;
  int reopened_ = -1;

  std::mutex mutex_;
  LineFormat format_;
  std::string kept_;
  std::size_t sent_ = 0;      ///< bytes at the front of kept_ that are written already
  bool dropping_ = false;     ///< since the bound was met, until half of it is free
  std::uint64_t untold_ = 0;  ///< lines dropped since dropping_
  std::atomic<std::uint64_t> dropped_ = 0;
  std::atomic<bool> pending_ = false;  ///< asked for once in every turn of every worker: without the lock
};

}  // namespace fwatchdog
