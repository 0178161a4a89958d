#include "async/cancel.hpp"

#include <doctest/doctest.h>

#include <array>
#include <memory>
#include <optional>
#include <string>

using namespace fwatchdog;

namespace {

using Place = std::optional<CancelHook>;

}  // namespace

TEST_CASE("cancel: every hook is called, once, with the first reason") {
  CancelSource source;
  const CancelToken token(source);
  int calls = 0;
  CancelHook first(token, [&] { ++calls; });
  CancelHook second(token, [&] { calls += 10; });
  CHECK_FALSE(source.requested());
  CHECK_FALSE(token.requested());
  CHECK(token.reason() == CancelReason::none);

  source.request(CancelReason::peer_gone);
  CHECK(calls == 11);
  CHECK(token.requested());
  CHECK(token.reason() == CancelReason::peer_gone);

  source.request(CancelReason::shutdown);
  CHECK(calls == 11);
  CHECK(source.reason() == CancelReason::peer_gone);
}

TEST_CASE("cancel: a request inside of a hook does nothing") {
  CancelSource source;
  int calls = 0;
  CancelHook hook(CancelToken(source), [&] {
    ++calls;
    source.request(CancelReason::shutdown);
  });
  source.request(CancelReason::time_limit);
  CHECK(calls == 1);
  CHECK(source.reason() == CancelReason::time_limit);
}

TEST_CASE("cancel: a hook that comes after the request is called at once") {
  CancelSource source;
  source.request(CancelReason::shutdown);
  int calls = 0;
  {
    CancelHook late(CancelToken(source), [&] { ++calls; });
    CHECK(calls == 1);
  }
  CHECK(calls == 1);
}

TEST_CASE("cancel: a hook that comes while hooks are called is called too") {
  CancelSource source;
  Place late;
  int calls = 0;
  CancelHook hook(CancelToken(source), [&] { late.emplace(CancelToken(source), [&] { ++calls; }); });
  source.request(CancelReason::shutdown);
  CHECK(calls == 1);
}

TEST_CASE("cancel: a hook that has left is not called, whatever its place in the list") {
  for (std::size_t leaving = 0; leaving < 3; ++leaving) {
    CancelSource source;
    std::array<Place, 3> hooks;
    std::string calls;
    for (std::size_t at = 0; at < 3; ++at) {
      hooks[at].emplace(CancelToken(source), [&calls, at] { calls += static_cast<char>('0' + at); });
    }
    hooks[leaving].reset();
    source.request(CancelReason::shutdown);
    CHECK(calls.size() == 2);
    CHECK(calls.find(static_cast<char>('0' + leaving)) == std::string::npos);
  }
}

TEST_CASE("cancel: a hook may end itself and the others while it is called") {
  // Whichever is called first ends them all, itself among them, and goes on using what it captured.
  CancelSource source;
  std::array<Place, 3> hooks;
  const auto kept = std::make_shared<int>(0);
  for (Place& hook : hooks) {
    hook.emplace(CancelToken(source), [&hooks, kept] {
      for (Place& each : hooks) each.reset();
      ++*kept;
    });
  }
  source.request(CancelReason::peer_gone);
  CHECK(*kept == 1);
  CHECK(kept.use_count() == 1);
}

TEST_CASE("cancel: each hook may end its neighbour while it is called") {
  CancelSource source;
  Place first;
  Place second;
  Place third;
  int calls = 0;
  first.emplace(CancelToken(source), [&] {
    ++calls;
    second.reset();
  });
  second.emplace(CancelToken(source), [&] {
    ++calls;
    first.reset();
    third.reset();
  });
  third.emplace(CancelToken(source), [&] {
    ++calls;
    second.reset();
  });
  source.request(CancelReason::peer_gone);
  CHECK(calls == 2);
}

TEST_CASE("cancel: hooks may go in any order, before and after the request") {
  for (const bool requested : {false, true}) {
    CancelSource source;
    auto first = std::make_unique<CancelHook>(CancelToken(source), [] {});
    auto second = std::make_unique<CancelHook>(CancelToken(source), [] {});
    auto third = std::make_unique<CancelHook>(CancelToken(source), [] {});
    if (requested) source.request(CancelReason::shutdown);
    second.reset();
    first.reset();
    third.reset();
    CHECK(source.requested() == requested);
  }
}
