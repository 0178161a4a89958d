#include "async/cancel.hpp"

namespace fwatchdog {

void CancelSource::request(CancelReason reason) {
  if (requested()) return;
  reason_ = reason;
  while (first_ != nullptr) {
    CancelHook* hook = first_;
    hook->unlink();
    // Called once in its life, and from here: what it captured must outlive a hook that ends itself.
    const std::function<void()> on_cancel = std::exchange(hook->on_cancel_, nullptr);
    on_cancel();
  }
}

CancelHook::CancelHook(CancelToken token, std::function<void()> on_cancel)
    : source_(token.source_), on_cancel_(std::move(on_cancel)) {
  if (source_->requested()) {
    on_cancel_();
    return;
  }
  next_ = source_->first_;
  if (next_ != nullptr) next_->previous_ = this;
  source_->first_ = this;
  linked_ = true;
}

CancelHook::~CancelHook() { unlink(); }

void CancelHook::unlink() {
  if (!linked_) return;
  linked_ = false;
  if (previous_ != nullptr) previous_->next_ = next_;
  if (next_ != nullptr) next_->previous_ = previous_;
  if (source_->first_ == this) source_->first_ = next_;
  next_ = previous_ = nullptr;
}

}  // namespace fwatchdog
