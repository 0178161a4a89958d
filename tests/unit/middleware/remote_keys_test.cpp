#include "middleware/remote_keys.hpp"

#include <doctest/doctest.h>

#include <string>
#include <thread>

#include "async/combine.hpp"
#include "async/loop_fixture.hpp"
#include "support/given_keys.hpp"
#include "support/given_provider.hpp"
#include "support/recorded_log.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;
using fwatchdog::testing::TestLoop;

namespace {

constexpr auto kAlgorithm = SignatureAlgorithm::es256;

/// What the other worker finds: ids for which there is a key.
struct Found {
  std::string ids;
  int waits_given_up = 0;
};

Task<void> look_up(RemoteKeys& keys, const char* id, CancelToken token, std::string& ids) {
  const SigningKey* key = co_await keys.find(id, kAlgorithm, token);
  if (key != nullptr) ids += key->id + " ";
}

Task<void> look_up_some(Loop& loop, RemoteKeys& keys, Found& found) {
  CancelSource never;
  co_await look_up(keys, "k1", CancelToken(never), found.ids);
  // Two calls that both need the new key.
  co_await when_all(loop, look_up(keys, "k2", CancelToken(never), found.ids), look_up(keys, "k2", CancelToken(never), found.ids));
  CancelSource over;
  over.request(CancelReason::time_limit);
  const SigningKey* unknown = co_await keys.find("k4", kAlgorithm, CancelToken(over));
  if (unknown == nullptr) ++found.waits_given_up;
  co_await look_up(keys, "k3", CancelToken(never), found.ids);
  co_await look_up(keys, "k1", CancelToken(never), found.ids);  // it is gone by now
}

Task<void> end_after(Task<void> work, CancelSource& ending) {
  co_await std::move(work);
  ending.request(CancelReason::shutdown);
}

Task<void> wait_for(Event& over) { co_await over.wait(); }

Task<void> with_two_loops(Loop& loop) {
  RecordedLog log;
  GivenProvider provider(loop);
  provider.set_keys(kJwk);
  Jwks::Options options;
  options.configuration_url = provider.url + GivenProvider::kConfiguration;
  options.reading_pause = std::chrono::hours(1);
  Jwks origin(loop, log.logger, options);
  CancelSource never;
  CancelSource ending;
  Result<void> started = co_await origin.start(CancelToken(never));
  REQUIRE(started.ok());
  provider.set_keys(second_key());

  Event over(loop);
  Found found;
  std::thread thread;
  {
    auto other = std::make_unique<Loop>();
    RemoteKeys keys(*other, origin);
    CHECK(keys.issuer() == "http://issuer");
    thread = std::thread([&] {
      other->run(look_up_some(*other, keys, found));
      loop.post([&over] { over.set(); });
    });
    co_await when_all(loop, origin.live(CancelToken(ending)), end_after(wait_for(over), ending));
    thread.join();
  }
  CHECK(found.ids == "k1 k2 k2 ");
  CHECK(found.waits_given_up == 1);
  CHECK(provider.asked["/keys"] == 2);  // the second time within the pause nobody is asked
  co_await provider.end();
}

}  // namespace

TEST_CASE("remote keys: a copy that is made anew when the origin knows more") {
  TestLoop test;
  test.run(with_two_loops(test.loop));
}
