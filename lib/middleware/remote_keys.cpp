#include "middleware/remote_keys.hpp"

#include <utility>

namespace fwatchdog {

RemoteKeys::RemoteKeys(Loop& loop, Jwks& origin) : loop_(loop), origin_(origin), issuer_(origin.issuer()) {
  reader_ = origin_.tell([this](const std::string& text) { loop_.post([this, text] { renew(text); }); });
}

RemoteKeys::~RemoteKeys() { origin_.forget(reader_); }

Task<const SigningKey*> RemoteKeys::find(std::string_view id, SignatureAlgorithm algorithm, CancelToken token) {
  if (!keys_.has(id)) {
    std::string wanted(id);
    co_await ask(std::move(wanted), token);
  }
  co_return keys_.find(id, algorithm);
}

/// The answer comes in any case, if need be to nobody: the program waits for all that was posted.
Task<void> RemoteKeys::ask(std::string id, CancelToken token) {
  const std::uint64_t number = ++asked_;
  Event answered(loop_);
  waiting_.emplace(number, &answered);
  origin_.loop().post([this, number, id] {
    origin_.find_for(id, [this, number] {
      loop_.post([this, number] {
        const auto waiter = waiting_.find(number);
        if (waiter != waiting_.end()) waiter->second->set();
      });
    });
  });
  CancelHook hook(token, [&answered] { answered.set(); });
  co_await answered.wait();
  waiting_.erase(number);
}

void RemoteKeys::renew(const std::string& text) {
  Result<KeySet> keys = KeySet::parse(text);
  if (keys.ok()) keys_ = std::move(*keys);  // the origin has read this very text
}

}  // namespace fwatchdog
