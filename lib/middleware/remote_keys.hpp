/// RemoteKeys: the keys of a worker whose loop is not the one on which they are read.
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <unordered_map>

#include "middleware/jwks.hpp"

namespace fwatchdog {

/// A copy of the keys of a Jwks on another loop, made anew whenever they are read there. What is not found here is looked for
/// there.
class RemoteKeys final : public KeySource {
 public:
  /// On the loop of `origin`, which has been started and outlives this object, as does `loop`, the one on which it is used.
  RemoteKeys(Loop& loop, Jwks& origin);
  RemoteKeys(const RemoteKeys&) = delete;
  RemoteKeys& operator=(const RemoteKeys&) = delete;
  /// On the loop of `origin`, once its own does not turn any more.
  ~RemoteKeys() override;

  Task<const SigningKey*> find(std::string_view id, SignatureAlgorithm algorithm, CancelToken token) override;
  const std::string& issuer() const override { return issuer_; }

 private:
  Task<void> ask(std::string id, CancelToken token);
  void renew(const std::string& text);

  Loop& loop_;
  Jwks& origin_;
  const std::string issuer_;
  KeySet keys_;
  std::list<Jwks::Reader>::iterator reader_;
  std::uint64_t asked_ = 0;
  std::unordered_map<std::uint64_t, Event*> waiting_;  // for the answers, by number
};

}  // namespace fwatchdog
