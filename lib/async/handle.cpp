#include "async/handle.hpp"

#include <uv.h>

namespace fwatchdog {

template <class T>
void CloseThenFree<T>::operator()(T* handle) const noexcept {
  handle->data = nullptr;
  uv_close(reinterpret_cast<uv_handle_t*>(handle), [](uv_handle_t* closed) { delete reinterpret_cast<T*>(closed); });
}

template struct CloseThenFree<uv_async_t>;
template struct CloseThenFree<uv_signal_t>;
template struct CloseThenFree<uv_timer_t>;

}  // namespace fwatchdog
