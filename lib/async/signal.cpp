#include "async/signal.hpp"

#include <uv.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace fwatchdog {

SignalWatch::SignalWatch(Loop& loop, int signal_number, std::function<void()> on_signal)
    : loop_(loop), on_signal_(std::move(on_signal)) {
  auto handle = std::make_unique<uv_signal_t>();
  if (const int status = uv_signal_init(loop.uv(), handle.get()); status < 0) throw std::runtime_error(uv_strerror(status));
  handle_.reset(handle.release());
  handle_->data = this;
  const int status = uv_signal_start(
      handle_.get(),
      [](uv_signal_t* handle_of, int) {
        if (handle_of->data == nullptr) return;
        auto* watch = static_cast<SignalWatch*>(handle_of->data);
        Loop& of = watch->loop_;
        {
          // What it captured must outlive a watch that is destroyed in its own callback; libuv frees the handle later.
          std::function<void()> call = std::move(watch->on_signal_);
          call();
          if (handle_of->data != nullptr) watch->on_signal_ = std::move(call);
        }
        of.run_ready();
      },
      signal_number);
  if (status < 0) throw std::runtime_error("watch signal " + std::to_string(signal_number) + ": " + uv_strerror(status));
}

}  // namespace fwatchdog
