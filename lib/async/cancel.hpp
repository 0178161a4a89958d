/// Giving up: a CancelSource is asked once, and everybody who registered a CancelHook is called.
///
/// To cancel is to end what a task waits for (close the stream, kill the group); the task then ends by itself and is awaited.
#pragma once

#include <cassert>
#include <functional>
#include <utility>

namespace fwatchdog {

/// Who wanted the end.
enum class CancelReason {
  none,
  time_limit,  ///< a limit of the request passed
  peer_gone,   ///< the caller closed or reset its connection
  shutdown,    ///< the program ends
};

class CancelHook;

/// The right to ask for an end. Must outlive its hooks.
class CancelSource {
 public:
  CancelSource() = default;
  CancelSource(const CancelSource&) = delete;
  CancelSource& operator=(const CancelSource&) = delete;
  ~CancelSource() { assert(first_ == nullptr); }

  /// Calls every hook, once; a second request does nothing. A hook may unregister itself or others.
  void request(CancelReason reason);
  bool requested() const { return reason_ != CancelReason::none; }
  CancelReason reason() const { return reason_; }

 private:
  friend class CancelHook;
  CancelHook* first_ = nullptr;
  CancelReason reason_ = CancelReason::none;
};

/// The right to be told. Copied freely; dies with its source.
class CancelToken {
 public:
  explicit CancelToken(CancelSource& source) : source_(&source) {}
  bool requested() const { return source_->requested(); }
  CancelReason reason() const { return source_->reason(); }

 private:
  friend class CancelHook;
  CancelSource* source_;
};

/// Calls `on_cancel` when an end is asked for, as long as the hook lives; at once where that was done before.
/// It is called inside request(): it may close, kill and make ready, and must not wait.
class CancelHook {
 public:
  CancelHook(CancelToken token, std::function<void()> on_cancel);
  CancelHook(const CancelHook&) = delete;
  CancelHook& operator=(const CancelHook&) = delete;
  ~CancelHook();

 private:
  friend class CancelSource;
  void unlink();

  CancelSource* source_;
  std::function<void()> on_cancel_;
  CancelHook* next_ = nullptr;
  CancelHook* previous_ = nullptr;
  bool linked_ = false;
};

}  // namespace fwatchdog
