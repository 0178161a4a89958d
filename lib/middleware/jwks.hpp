/// Jwks: the issuer of the tokens, and its keys: read at the start, and again when a token names a key that is not known.
#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "async/event.hpp"
#include "async/scope.hpp"
#include "async/timer.hpp"
#include "log/logger.hpp"
#include "middleware/key_set.hpp"

namespace fwatchdog {

/// Where the keys come from that a token is checked with. Each worker has its own: what checks a signature is not for two threads
/// at once.
class KeySource {
 public:
  virtual ~KeySource() = default;
  /// The key that a token is checked with, or null. Where no key has this id it may take as long as `token` allows to find out.
  /// The key dies with the next wait.
  virtual Task<const SigningKey*> find(std::string_view id, SignatureAlgorithm algorithm, CancelToken token) = 0;
  virtual const std::string& issuer() const = 0;
};

class Jwks final : public KeySource {
 public:
  struct Options {
    std::string configuration_url;  ///< of the OpenID configuration
    std::string certificate_file;   ///< as in TrustStore::load()
    bool debug = false;             ///< log issuer and keys
    Nanoseconds start_limit = std::chrono::seconds(15);
    Nanoseconds reading_pause = std::chrono::minutes(1);  ///< between two readings because of unknown keys
  };

  /// Both references must outlive this object.
  Jwks(Loop& loop, Logger& logger, Options options);
  Jwks(const Jwks&) = delete;
  Jwks& operator=(const Jwks&) = delete;

  /// Reads configuration and keys, again and again within start_limit, as the provider may be starting too. The first failure
  /// and each other one is logged; the last one is the error. Errc::cancelled when `token` asks for an end, at once.
  Task<Result<void>> start(CancelToken token);

  /// Reads the keys again whenever find() asks for it. Ends soon after `stop` was requested.
  Task<void> live(CancelToken stop);

  /// Where no key has this id the keys are read again, unless that was done within reading_pause; all who ask meanwhile wait for
  /// the same reading.
  Task<const SigningKey*> find(std::string_view id, SignatureAlgorithm algorithm, CancelToken token) override;

  /// Once started.
  const std::string& issuer() const override { return issuer_; }

  /// For those who have their own copy of the keys: `read` is given the text of them, now and each time that they are read, on
  /// our loop, until forget().
  using Reader = std::function<void(const std::string& text)>;
  std::list<Reader>::iterator tell(Reader read);
  void forget(std::list<Reader>::iterator reader) { readers_.erase(reader); }
  /// Looks for `id` as find() does, soon, and then calls `done`. On our loop, while live() runs.
  void find_for(std::string id, std::function<void()> done);
  Loop& loop() { return loop_; }

 private:
  Task<Result<void>> read_all(CancelToken token);
  Task<Result<void>> read_configuration(CancelToken token);
  Task<Result<void>> read_keys(CancelToken token);
  Task<void> wait_for_reading(CancelToken token);
  bool may_read() const;
  Task<void> find_then_call(std::string id, std::function<void()> done);

  Loop& loop_;
  Logger& logger_;
  Options options_;
  std::string issuer_;
  std::string keys_url_;
  std::string text_;
  KeySet keys_;
  std::list<Reader> readers_;
  TaskScope asked_by_others_;
  CancelSource never_;
  Event wanted_;
  bool reading_ = false;  // from the moment it is asked for
  bool ended_ = false;
  std::optional<std::chrono::steady_clock::time_point> last_reading_;
  std::vector<Event*> waiting_;
};

}  // namespace fwatchdog
