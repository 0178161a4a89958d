#include "middleware/jwks.hpp"

#include <algorithm>
#include <utility>

#include "config/duration.hpp"
#include "middleware/json.hpp"
#include "middleware/web_fetch.hpp"

namespace fwatchdog {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// A provider that comes up is noticed soon; one that is down is not hammered.
constexpr milliseconds kFirstPause{50};
constexpr milliseconds kLongestPause{1000};

Error failed_to_get(std::string_view what, const Error& error) {
  return Error(error.code, "failed to get " + std::string(what) + " from " + error.what);
}

}  // namespace

Jwks::Jwks(Loop& loop, Logger& logger, Options options)
    : loop_(loop), logger_(logger), options_(std::move(options)), asked_by_others_(loop), wanted_(loop) {}

Task<Result<void>> Jwks::start(CancelToken token) {
  CancelSource ending;
  const auto end = [&ending, token] { ending.request(token.reason()); };
  CancelHook hook(token, end);
  Deadline limit(loop_, options_.start_limit, ending);
  std::string last;
  for (milliseconds pause = kFirstPause;; pause = std::min(2 * pause, kLongestPause)) {
    Result<void> read = co_await read_all(CancelToken(ending));
    if (read.ok()) co_return read;
    if (token.requested()) co_return Error(Errc::cancelled);
    // What the limit interrupted says less than what was wrong before.
    const bool interrupted = read.error().code == Errc::cancelled && !last.empty();
    const std::string reason = interrupted ? last : read.error().text();
    if (ending.requested()) {
      const std::string given_up = "; given up after " + format_go_duration(options_.start_limit);
      co_return Error(Errc::invalid, reason + given_up);
    }
    if (reason != last) logger_.warning("JWT: {}; trying again", reason);
    last = reason;
    co_await sleep_for(loop_, pause, CancelToken(ending));
  }
}

Task<Result<void>> Jwks::read_all(CancelToken token) {
  Result<void> read = co_await read_configuration(token);
  if (!read.ok()) co_return read;
  co_return co_await read_keys(token);
}

Task<Result<void>> Jwks::read_configuration(CancelToken token) {
  Result<std::string> text = co_await fetch(loop_, options_.configuration_url, options_.certificate_file, token);
  if (!text.ok()) co_return failed_to_get("config", text.error());
  const Result<Json> json = Json::parse(*text);
  if (!json.ok()) co_return failed_to_get("config", Error(Errc::invalid, options_.configuration_url + ": " + json.error().what));
  const std::string issuer(json->root().member("issuer").text().value_or(""));
  const std::string keys_url(json->root().member("jwks_uri").text().value_or(""));
  if (issuer.empty() || keys_url.empty())
    co_return failed_to_get("config", Error(Errc::invalid, options_.configuration_url + ": issuer or jwks_uri is missing in it"));
  issuer_ = issuer;
  keys_url_ = keys_url;
  if (options_.debug) logger_.info("[JWT Auth] Issuer: {}\tJWKS URI: {}", issuer_, keys_url_);
  co_return Result<void>();
}

Task<Result<void>> Jwks::read_keys(CancelToken token) {
  Result<std::string> text = co_await fetch(loop_, keys_url_, options_.certificate_file, token);
  if (!text.ok()) co_return failed_to_get("keyset", text.error());
  Result<KeySet> keys = KeySet::parse(*text);
  if (!keys.ok()) co_return failed_to_get("keyset", Error(Errc::invalid, keys_url_ + ": " + keys.error().what));
  keys_ = std::move(*keys);
  text_ = std::move(*text);
  for (const Reader& read : readers_) read(text_);
  if (options_.debug) {
    for (const SigningKey& key : keys_.keys()) logger_.info("[JWT Auth] Key: {}", key.id);
    for (const std::string& reason : keys_.passed_over()) logger_.info("[JWT Auth] Key passed over: {}", reason);
  }
  if (keys_.keys().empty()) logger_.warning("JWT: no key in {} can check a token: every call is denied", keys_url_);
  co_return Result<void>();
}

Task<const SigningKey*> Jwks::find(std::string_view id, SignatureAlgorithm algorithm, CancelToken token) {
  if (!keys_.has(id) && may_read()) {
    if (!reading_) {
      reading_ = true;
      wanted_.set();
    }
    co_await wait_for_reading(token);
  }
  co_return keys_.find(id, algorithm);
}

std::list<Jwks::Reader>::iterator Jwks::tell(Reader read) {
  read(text_);
  return readers_.insert(readers_.end(), std::move(read));
}

void Jwks::find_for(std::string id, std::function<void()> done) {
  asked_by_others_.spawn(find_then_call(std::move(id), std::move(done)));
}

Task<void> Jwks::find_then_call(std::string id, std::function<void()> done) {
  // The algorithm is the asker's business. A reading has limits of its own.
  (void)co_await find(id, SignatureAlgorithm::rs256, CancelToken(never_));
  done();
}

bool Jwks::may_read() const {
  if (ended_) return false;
  return reading_ || !last_reading_ || steady_clock::now() - *last_reading_ >= options_.reading_pause;
}

Task<void> Jwks::wait_for_reading(CancelToken token) {
  Event done(loop_);
  waiting_.push_back(&done);
  CancelHook hook(token, [&done] { done.set(); });
  co_await done.wait();
  waiting_.erase(std::find(waiting_.begin(), waiting_.end(), &done));
}

Task<void> Jwks::live(CancelToken stop) {
  CancelHook hook(stop, [this] { wanted_.set(); });
  for (;;) {
    co_await wanted_.wait();
    if (stop.requested()) break;
    wanted_.reset();
    last_reading_ = steady_clock::now();
    Result<void> read = co_await read_keys(stop);
    if (!read.ok() && !stop.requested()) logger_.warning("JWT: {}; the keys of before are kept", read.error().text());
    reading_ = false;
    for (Event* waiter : waiting_) waiter->set();
  }
  ended_ = true;
  for (Event* waiter : waiting_) waiter->set();
  co_await asked_by_others_.join();
}

}  // namespace fwatchdog
