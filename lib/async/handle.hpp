/// Handle<uv_T>: an owned libuv handle. Closing is asynchronous in libuv, so the memory is freed by the close callback, and
/// `data` is nulled before: a late callback finds nobody. This is the only place that calls uv_close.
#pragma once

#include <memory>

using uv_async_t = struct uv_async_s;
using uv_loop_t = struct uv_loop_s;
using uv_signal_t = struct uv_signal_s;
using uv_timer_t = struct uv_timer_s;

namespace fwatchdog {

template <class T>
struct CloseThenFree {
  void operator()(T* handle) const noexcept;
};

/// Holds an initialized handle only: what failed to initialize must be freed, not closed.
template <class T>
using Handle = std::unique_ptr<T, CloseThenFree<T>>;

extern template struct CloseThenFree<uv_async_t>;
extern template struct CloseThenFree<uv_signal_t>;
extern template struct CloseThenFree<uv_timer_t>;

}  // namespace fwatchdog
