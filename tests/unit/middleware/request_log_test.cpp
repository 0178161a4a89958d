#include "middleware/request_log.hpp"

#include <doctest/doctest.h>

#include <string>

#include "support/recorded_call.hpp"
#include "support/recorded_log.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;

namespace {

/// Answers without saying before how much.
class Streams final : public Handler {
 public:
  Task<void> handle(Request&, ResponseWriter& response) override {
    response.set_status(200, "Fine");
    response.begin(std::nullopt);
    (void)co_await response.write("hello");
    (void)co_await response.finish();
  }
};

std::string line_of(Handler& next, GivenRequest& given, const RequestLog::Options& options) {
  RecordedLog log;
  RequestLog request_log(log.logger, options, next);
  (void)answer_of(request_log, given);
  std::string line = log.lines();
  const std::size_t begin = line.find(" (");
  if (begin == std::string::npos) return line;
  const std::size_t end = line.find("s)", begin);
  CHECK(end != std::string::npos);
  return line.erase(begin + 2, end - begin - 2);
}

}  // namespace

TEST_CASE("one line for each request") {
  GivenHandler next;
  next.answer = "hello";
  GivenRequest given("POST", "/x?y=z");
  RequestLog::Options options;
  CHECK(line_of(next, given, options) == "POST /x?y=z - 200 - ContentLength: 5B (s)\n");
  options.query = false;
  CHECK(line_of(next, given, options) == "POST /x - 200 - ContentLength: 5B (s)\n");
  options.call_id = true;
  CHECK(line_of(next, given, options) == "POST /x - 200 - ContentLength: 5B (s) [none]\n");
  GivenRequest with_id("POST", "/x", {{"x-call-id", "abc"}});
  CHECK(line_of(next, with_id, options) == "POST /x - 200 - ContentLength: 5B (s) [abc]\n");
}

TEST_CASE("the size: what was sent, or what was announced") {
  Streams next;
  GivenRequest given("GET", "/");
  RequestLog::Options options;
  CHECK(line_of(next, given, options) == "GET / - 200 - ContentLength: 5B (s)\n");
  options.declared_length = true;
  options.reason = true;
  CHECK(line_of(next, given, options) == "GET / - 200 Fine - ContentLength: -1B (s)\n");
}

TEST_CASE("a request without an answer") {
  GivenHandler next;
  next.answers = false;
  RequestLog::Options options;
  options.declared_length = true;
  GivenRequest given("GET", "/");
  CHECK(line_of(next, given, options) == "GET / - 500 - ContentLength: 0B (s)\n");
  GivenRequest gone("GET", "/");
  gone.cancel.request(CancelReason::peer_gone);
  CHECK(line_of(next, gone, options) == "GET / - 499 - ContentLength: 0B (s)\n");
}

TEST_CASE("probes of the kubelet are not logged") {
  GivenHandler next;
  RequestLog::Options options;
  GivenRequest probe("GET", "/", {{"User-Agent", "kube-probe/1.29"}});
  CHECK(line_of(next, probe, options).empty());
  CHECK(next.calls == 1);
  GivenRequest other("GET", "/", {{"User-Agent", "my kube-probe"}});
  CHECK_FALSE(line_of(next, other, options).empty());
}
