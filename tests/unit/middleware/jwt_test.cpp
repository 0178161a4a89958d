#include "middleware/jwt.hpp"

#include <doctest/doctest.h>

#include <string>

#include "async/loop_fixture.hpp"
#include "support/given_keys.hpp"
#include "support/given_provider.hpp"
#include "support/recorded_call.hpp"
#include "support/recorded_log.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;

namespace {

const std::string kDenied =
    "401 Content-Type: text/plain; charset=utf-8\nWWW-Authenticate: Bearer realm=IAM function invoke\n"
    "X-Content-Type-Options: nosniff\nX-OpenFaaS-Internal: faas-middleware\n|";

std::string bearer(std::string_view token) { return "Bearer " + std::string(token); }

/// What is answered to a call with this Authorization.
Task<std::string> answer(JwtCheck& check, std::string authorization) {
  GivenRequest::Fields fields;
  if (!authorization.empty()) fields.emplace_back("Authorization", std::move(authorization));
  GivenRequest call("POST", "/a%20b?c", fields, "body");
  RecordedResponse response;
  co_await check.handle(call.request, response);
  co_return response.text();
}

Task<void> calls(Loop& loop) {
  RecordedLog log;
  GivenProvider provider(loop);
  provider.set_keys(kJwk);
  Jwks::Options options;
  options.configuration_url = provider.url + GivenProvider::kConfiguration;
  Jwks keys(loop, log.logger, options);
  CancelSource never;
  CancelSource ending;
  Result<void> started = co_await keys.start(CancelToken(never));
  REQUIRE(started.ok());
  TaskScope living(loop);
  living.spawn(keys.live(CancelToken(ending)));

  GivenHandler next;
  JwtCheck::Options check_options;
  check_options.function = "fn:env";
  JwtCheck check(keys, check_options, log.logger, next);
  struct Row {
    std::string authorization, answer;
  };
  const std::string failed = kDenied + "failed to parse JWT token: ";
  const Row rows[] = {
      {bearer(kGoodToken), "200 |answer"},
      {std::string(kGoodToken), "200 |answer"},
      {"", kDenied + "Bearer must be present in Authorization header\n"},
      {"Bearer", kDenied + "Bearer must be present in Authorization header\n"},
      {"bearer " + std::string(kGoodToken), failed + "token is malformed: could not base64 decode header\n"},
      {bearer("x"), failed + "token is malformed: token contains an invalid number of segments\n"},
      {bearer(kGoodToken.substr(0, kGoodToken.size() - 2)), failed + "token signature is invalid\n"},
      {bearer(kExpiredToken), failed + "token has invalid claims: token is expired\n"},
      {bearer(kLaterToken), failed + "token is unverifiable: invalid kid, or alg is not for its key\n"},
      {bearer(kOtherToken),
       "403 Content-Type: text/plain; charset=utf-8\nX-Content-Type-Options: nosniff\nX-OpenFaaS-Internal: faas-middleware\n|"
       "insufficient permissions\n"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.authorization);
    const std::string got = co_await answer(check, row.authorization);
    CHECK(got == row.answer);
  }
  CHECK(next.calls == 2);
  const std::string lines = log.lines();
  CHECK(lines.find("POST /a b - 401 ACCESS DENIED - (") != std::string::npos);
  CHECK(lines.find("POST /a b - 403 ACCESS DENIED - (") != std::string::npos);
  CHECK(lines.find("eyJ") == std::string::npos);
  ending.request(CancelReason::shutdown);
  co_await living.join();
  co_await provider.end();
}

}  // namespace

TEST_CASE("which calls go through, and what the others are told") {
  fwatchdog::testing::TestLoop on;
  on.run(calls(on.loop));
}
