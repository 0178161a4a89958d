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

TEST_CASE("the trace's id, where the request's traceparent is one") {
  constexpr std::string_view kId = "4bf92f3577b34da6a3ce929d0e0e4736";
  const std::string id(kId);
  const struct {
    std::string field;
    std::string_view id;
  } rows[] = {
      {"00-" + id + "-00f067aa0ba902b7-01", kId},
      {"00-" + id + "-00f067aa0ba902b7-00", kId},
      {"01-" + id + "-00f067aa0ba902b7-01-what-comes-later", kId},
      {"00-" + id + "-00f067aa0ba902b7-01-x", ""},
      {"01-" + id + "-00f067aa0ba902b7-01x", ""},
      {"ff-" + id + "-00f067aa0ba902b7-01", ""},
      {"00-" + id + "-0000000000000000-01", ""},
      {"00-00000000000000000000000000000000-00f067aa0ba902b7-01", ""},
      {"00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", ""},
      {"00-" + id + "-00f067aa0ba902b7", ""},
      {"00_" + id + "_00f067aa0ba902b7_01", ""},
      {"", ""},
  };
  GivenHandler next;
  RequestLog::Options options;
  options.trace_id = true;
  for (const auto& row : rows) {
    CAPTURE(row.field);
    GivenRequest given("GET", "/", {{"traceparent", row.field}});
    RecordedLog log(LogFormat::json);
    RequestLog request_log(log.logger, options, next);
    (void)answer_of(request_log, given);
    const std::string line = log.raw_lines();
    const std::string member = ",\"trace_id\":\"" + std::string(row.id) + "\"}\n";
    CHECK((line.find("trace_id") != std::string::npos) == !row.id.empty());
    if (!row.id.empty()) CHECK(line.ends_with(member));
  }
}
