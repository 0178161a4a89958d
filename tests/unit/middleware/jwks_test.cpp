#include "middleware/jwks.hpp"

#include <doctest/doctest.h>

#include <string>

#include "async/combine.hpp"
#include "async/loop_fixture.hpp"
#include "support/given_keys.hpp"
#include "support/given_provider.hpp"
#include "support/recorded_log.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;
using fwatchdog::testing::TestLoop;
using fwatchdog::testing::until;

namespace {

constexpr auto kAlgorithm = SignatureAlgorithm::es256;

/// A provider, and the keys that are read from it.
struct Keys {
  explicit Keys(Loop& loop_in, Nanoseconds start_limit = std::chrono::seconds(30)) : loop(loop_in), provider(loop_in) {
    provider.set_keys(kJwk);
    Jwks::Options options;
    options.configuration_url = provider.url + GivenProvider::kConfiguration;
    options.debug = true;
    options.start_limit = start_limit;
    options.reading_pause = std::chrono::hours(1);
    keys = std::make_unique<Jwks>(loop, log.logger, options);
  }
  Task<void> end() {
    ending.request(CancelReason::shutdown);
    co_await provider.end();
  }
  CancelToken token() { return CancelToken(never); }

  Loop& loop;
  RecordedLog log;
  GivenProvider provider;
  CancelSource never;
  CancelSource ending;
  std::unique_ptr<Jwks> keys;
};

Task<void> read_at_the_start(Loop& loop) {
  Keys given(loop);
  Result<void> started = co_await given.keys->start(given.token());
  REQUIRE(started.ok());
  CHECK(given.keys->issuer() == "http://issuer");
  const SigningKey* key = co_await given.keys->find("k1", kAlgorithm, given.token());
  REQUIRE(key != nullptr);
  CHECK(key->id == "k1");
  const SigningKey* other_type = co_await given.keys->find("k1", SignatureAlgorithm::rs256, given.token());
  CHECK(other_type == nullptr);
  CHECK(given.provider.asked["/keys"] == 1);
  CHECK(given.log.lines() == "[JWT Auth] Issuer: http://issuer\tJWKS URI: " + given.provider.url + "/keys\n[JWT Auth] Key: k1\n");
  co_await given.end();
}

Task<void> start_late(Loop& loop) {
  Keys given(loop);
  const std::string configuration = given.provider.pages[GivenProvider::kConfiguration];
  given.provider.pages.clear();
  TaskScope scope(loop);
  Result<void> started = Error(Errc::cancelled);
  struct Start {
    static Task<void> run(Keys& given, Result<void>& started) {
      Result<void> result = co_await given.keys->start(given.token());
      started = std::move(result);
    }
  };
  scope.spawn(Start::run(given, started));
  const auto asked_twice = [&given] { return given.provider.asked[GivenProvider::kConfiguration] >= 2; };
  CHECK(co_await until(loop, asked_twice));
  given.provider.pages[GivenProvider::kConfiguration] = configuration;
  given.provider.set_keys(kJwk);
  co_await scope.join();
  CHECK(started.ok());
  const std::string reason = "JWT: failed to get config from " + given.provider.url + GivenProvider::kConfiguration;
  CHECK(given.log.lines().find(reason + ": status code: 404; trying again\n[JWT Auth] Issuer: ") == 0);
  co_await given.end();
}

Task<void> never_started(Loop& loop) {
  Keys given(loop, std::chrono::milliseconds(200));
  given.provider.pages.clear();
  Result<void> started = co_await given.keys->start(given.token());
  REQUIRE_FALSE(started.ok());
  CHECK(started.error().text() == "failed to get config from " + given.provider.url + GivenProvider::kConfiguration +
                                      ": status code: 404; given up after 200ms");
  CancelSource asked;
  asked.request(CancelReason::shutdown);
  Result<void> ended = co_await given.keys->start(CancelToken(asked));
  REQUIRE_FALSE(ended.ok());
  CHECK(ended.error().code == Errc::cancelled);
  co_await given.end();
}

Task<void> find(Keys& given, std::string id, CancelToken token, int& found, int& missed) {
  const SigningKey* key = co_await given.keys->find(id, kAlgorithm, token);
  ++(key != nullptr ? found : missed);
}

Task<void> rotation(Loop& loop) {
  Keys given(loop);
  Result<void> started = co_await given.keys->start(given.token());
  REQUIRE(started.ok());
  Event gate(loop);
  given.provider.gate = &gate;
  given.provider.set_keys(second_key());
  TaskScope living(loop);
  living.spawn(given.keys->live(CancelToken(given.ending)));

  // Many ask while one reading goes on; one of them leaves.
  TaskScope scope(loop);
  CancelSource leaving;
  int found = 0;
  int missed = 0;
  scope.spawn(find(given, "k2", CancelToken(leaving), found, missed));
  for (int i = 0; i < 5; ++i) scope.spawn(find(given, "k2", given.token(), found, missed));
  const auto asked = [&given] { return given.provider.asked["/keys"] == 2; };
  CHECK(co_await until(loop, asked));
  CHECK(found + missed == 0);
  leaving.request(CancelReason::peer_gone);
  const auto left = [&missed] { return missed == 1; };
  CHECK(co_await until(loop, left));
  gate.set();
  co_await scope.join();
  CHECK(found == 5);
  CHECK(missed == 1);
  CHECK(given.provider.asked["/keys"] == 2);

  // The old key is gone, and the pause has not passed.
  co_await find(given, "k1", given.token(), found, missed);
  co_await find(given, "k3", given.token(), found, missed);
  CHECK(missed == 3);
  CHECK(given.provider.asked["/keys"] == 2);
  co_await given.end();
  co_await living.join();
}

Task<void> end_while_reading(Loop& loop) {
  Keys given(loop);
  Result<void> started = co_await given.keys->start(given.token());
  REQUIRE(started.ok());
  Event gate(loop);
  given.provider.gate = &gate;
  TaskScope living(loop);
  living.spawn(given.keys->live(CancelToken(given.ending)));
  TaskScope scope(loop);
  int found = 0;
  int missed = 0;
  scope.spawn(find(given, "k2", given.token(), found, missed));
  const auto asked = [&given] { return given.provider.asked["/keys"] == 2; };
  CHECK(co_await until(loop, asked));
  given.ending.request(CancelReason::shutdown);
  co_await living.join();
  co_await scope.join();
  CHECK(missed == 1);
  co_await find(given, "k3", given.token(), found, missed);  // nobody would wake it
  CHECK(missed == 2);
  gate.set();
  co_await given.end();
}

Task<void> failed_reading(Loop& loop) {
  Keys given(loop);
  Result<void> started = co_await given.keys->start(given.token());
  REQUIRE(started.ok());
  given.provider.pages["/keys"] = "<html>";
  TaskScope living(loop);
  living.spawn(given.keys->live(CancelToken(given.ending)));
  int found = 0;
  int missed = 0;
  co_await find(given, "k2", given.token(), found, missed);
  CHECK(missed == 1);
  co_await find(given, "k1", given.token(), found, missed);
  CHECK(found == 1);
  CHECK(given.log.lines().find("JWT: failed to get keyset from " + given.provider.url +
                               "/keys: no valid JSON at byte 1; the keys of before are kept\n") != std::string::npos);
  co_await given.end();
  co_await living.join();
}

void play(Task<void> (*test)(Loop&)) {
  TestLoop on;
  on.run(test(on.loop));
}

}  // namespace

TEST_CASE("issuer and keys are read at the start") { play(read_at_the_start); }
TEST_CASE("a provider that comes late is waited for") { play(start_late); }
TEST_CASE("a provider that never comes is given up, with the last reason") { play(never_started); }
TEST_CASE("unknown keys are read once for all who ask, and not again within the pause") { play(rotation); }
TEST_CASE("the end does not wait for a reading, and wakes who waits for it") { play(end_while_reading); }
TEST_CASE("a reading that fails leaves the keys as they were") { play(failed_reading); }
