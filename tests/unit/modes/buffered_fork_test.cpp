#include "modes/buffered_fork.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "async/combine.hpp"
#include "support/recorded_call.hpp"
#include "support/recorded_log.hpp"
#include "support/sockets.hpp"
#include "support/turns.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;
using namespace std::chrono_literals;

namespace {

/// What a call is made of.
struct Setting {
  std::string fprocess = "cat";
  BufferedFork::Options options;
  Nanoseconds exec_timeout{0};
  CgiEnvironment::Flavour flavour = CgiEnvironment::Flavour::classic;
  bool logs_kill = true;
  CancelReason cancelled = CancelReason::none;  ///< soon after the start
};

Setting classic(std::string fprocess) {
  Setting setting;
  setting.fprocess = std::move(fprocess);
  setting.options.rules = kClassicRules;
  setting.options.rules.error_output_in_answer = true;
  return setting;
}
Setting serializing(std::string fprocess) {
  Setting setting;
  setting.fprocess = std::move(fprocess);
  setting.options.rules = kSerializingRules;
  setting.flavour = CgiEnvironment::Flavour::of_watchdog;
  setting.logs_kill = false;
  return setting;
}

struct Called {
  std::string answer;  ///< without the duration
  std::string duration;
  bool begun = false;
  std::string log;
  std::string printed;
  double seconds = 0;
};

Task<void> cancel_soon(Loop& loop, GivenRequest& given, CancelReason reason) {
  if (reason == CancelReason::none) co_return;
  co_await pause(loop, 50ms);
  given.cancel.request(reason);
}

Task<void> call_on(Loop& loop, const Setting& setting, GivenRequest& given, RecordedLog& log, Called& called) {
  ignore_broken_pipes();
  Environment base;
  base.set("PATH", "/usr/bin:/bin");
  Result<FunctionCommand> command = FunctionCommand::parse(setting.fprocess, base);
  CHECK(command.ok());
  if (!command.ok()) co_return;
  const CgiEnvironment environment(base, setting.flavour);
  Reaper reaper(loop);
  ProcessCounts processes;
  ForkContext context{loop, reaper, log.logger, *command, environment, processes, setting.exec_timeout, true, setting.logs_kill,
                      65536};
  BufferedFork mode(context, setting.options);
  RecordedResponse response;
  const Stopwatch watch;
  co_await when_all(loop, mode.handle(given.request, response), cancel_soon(loop, given, setting.cancelled));
  called.seconds = watch.seconds();
  called.duration = response.field("X-Duration-Seconds");
  called.begun = response.begun();
  if (!called.duration.empty()) {
    const std::string line = "X-Duration-Seconds: " + called.duration + "\n";
    response.fields.erase(response.fields.find(line), line.size());
  }
  called.answer = response.text();
}

Called call(const Setting& setting, GivenRequest& given) {
  Loop loop;
  RecordedLog log;
  Called called;
  loop.run(call_on(loop, setting, given, log, called));
  called.log = log.lines();
  called.printed = log.printed();
  return called;
}
Called call(const Setting& setting, std::string method = "POST", std::string body = {}, GivenRequest::Fields fields = {}) {
  GivenRequest given(std::move(method), "/a?b", std::move(fields), std::move(body));
  return call(setting, given);
}

/// `log` without what the clock says.
std::string without_seconds(std::string log) {
  for (std::size_t at = log.find("Duration: "); at != std::string::npos; at = log.find("Duration: ", at + 1)) {
    CHECK(log.substr(at + 11, 1) == ".");
    log.erase(at + 10, log.find('s', at + 10) - (at + 10));
  }
  return log;
}

}  // namespace

TEST_CASE("classic: the output is the answer") {
  const Called plain = call(classic("cat"), "POST", "hello");
  CHECK(plain.answer == "200 |hello");
  CHECK(plain.duration.size() >= 8);
  CHECK(plain.duration[plain.duration.size() - 7] == '.');
  CHECK(without_seconds(plain.log) == "Forking fprocess.\nWrote 5 Bytes - Duration: s\n");
  CHECK(call(classic("cat"), "GET").answer == "200 |");
  CHECK(call(classic("cat"), "POST", "x", {{"Content-Type", "a/b"}}).answer == "200 Content-Type: a/b\n|x");
  Setting typed = classic("cat");
  typed.options.content_type = "c/d";
  CHECK(call(typed, "POST", "x", {{"Content-Type", "a/b"}}).answer == "200 Content-Type: c/d\n|x");
  CHECK(call(classic("sh -c 'echo one; echo two >&2'")).answer == "200 |one\ntwo\n");
  CHECK(call(classic("sh -c 'echo $Http_Method $Http_Path $Http_Query'"), "PUT").answer == "200 |PUT /a b\n");
}

TEST_CASE("classic: stderr apart is logged") {
  Setting setting = classic("sh -c 'echo one; echo two >&2'");
  setting.options.rules.error_output_in_answer = false;
  const Called called = call(setting);
  CHECK(called.answer == "200 |one\n");
  CHECK(without_seconds(called.log) == "Forking fprocess.\nstderr: two\nWrote 4 Bytes - Duration: s\n");
}

TEST_CASE("classic: five methods") {
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE", "GET"}) CHECK(call(classic("true"), method).answer == "200 |");
  for (const char* method : {"HEAD", "OPTIONS", "TRACE", "PURGE", "get"}) {
    const Called called = call(classic("true"), method);
    CHECK(called.answer == "405 |");
    CHECK(called.log.empty());
  }
}

TEST_CASE("classic: every method where the rules have no list of them") {
  Setting setting = classic("sh -c 'printf %s \"$Http_Method\"'");
  setting.options.rules.five_methods_only = false;
  for (const char* method : {"HEAD", "OPTIONS", "TRACE", "PURGE", "get", "GET"}) {
    CHECK(call(setting, method, "").answer == "200 |" + std::string(method));
  }
}

TEST_CASE("classic: failures") {
  const Called failed = call(classic("sh -c 'echo out; exit 3'"), "POST", "", {{"Content-Type", "a/b"}});
  CHECK(failed.answer == "500 |exit status 3\nout\n");
  CHECK(failed.duration.empty());
  CHECK(failed.log == "Forking fprocess.\nexit status 3\n");
  CHECK(call(classic("sh -c 'kill -9 $$'")).answer == "500 |signal: killed\n");
  CHECK(call(classic("nope")).answer == "500 |exec: \"nope\": executable file not found in $PATH\n");
  CHECK(call(classic("/no/such")).answer == "500 |fork/exec /no/such: no such file or directory\n");
  CHECK(call(classic("/etc/passwd")).answer == "500 |fork/exec /etc/passwd: permission denied\n");
}

TEST_CASE("classic: a request that cannot become an environment") {
  CHECK(call(classic("cat"), "POST", "", {{"X", std::string(200'000, 'x')}}).answer ==
        "431 |Http_X is too large for an environment variable\n");
  GivenRequest nul("POST", "/a%00");
  CHECK(call(classic("cat"), nul).answer == "400 |the path has a NUL, which no environment variable can hold\n");
}

TEST_CASE("classic: exec_timeout") {
  Setting setting = classic("sh -c 'echo out; sleep 30 | sleep 30'");
  setting.exec_timeout = 100ms;
  const Called called = call(setting);
  CHECK(called.answer == "408 |Killed process.\n");
  CHECK(called.seconds < 15);
  CHECK(called.log.find("exec_timeout passed after 0.") != std::string::npos);
  CHECK(called.log.find("Killing process: sh -c 'echo out; sleep 30 | sleep 30'\n") != std::string::npos);
  setting.exec_timeout = 20s;
  const Called shortened = call(setting, "POST", "", {{"X-Timeout", "100ms"}});
  CHECK(shortened.answer == "408 |Killed process.\n");
  CHECK(shortened.log.find("X-Timeout passed after 0.") != std::string::npos);
}

TEST_CASE("classic: the server's own limit gives the same answer") {
  Setting setting = classic("sleep 30");
  setting.cancelled = CancelReason::time_limit;
  CHECK(call(setting).answer == "408 |Killed process.\n");
}

TEST_CASE("a caller that is gone, and a server that ends, get no answer and leave no process") {
  for (const CancelReason reason : {CancelReason::peer_gone, CancelReason::shutdown}) {
    Setting setting = classic("sleep 30");
    setting.cancelled = reason;
    const Called called = call(setting);
    CHECK_FALSE(called.begun);
    CHECK(called.seconds < 15);
  }
}

TEST_CASE("a body that does not come whole: no process is run") {
  struct Row {
    Error failure;
    std::string answer;
  };
  const Row rows[] = {
      {Error(Errc::end_of_stream), "400 |unexpected EOF\n"},
      {Error(Errc::invalid, "invalid byte in chunk length"), "400 |invalid byte in chunk length\n"},
      {Error(Errc::timed_out, "read request body"), "408 |read request body: timed out\n"},
      {Error(Errc::too_large, "request body too large"), "413 |request body too large\n"},
  };
  for (const Row& row : rows) {
    GivenRequest given("POST", "/", {}, "part");
    given.body.failure = row.failure;
    CHECK(call(classic("touch /no/such/place"), given).answer == row.answer);
  }
  GivenRequest gone("POST", "/", {}, "part");
  gone.body.failure = Error(Errc::cancelled);
  gone.cancel.request(CancelReason::peer_gone);
  CHECK_FALSE(call(classic("cat"), gone).begun);
}

TEST_CASE("a large body goes to the process as it comes") {
  GivenRequest given("POST", "/", {}, std::string(700'000, 'a'));
  given.body.pieces.push_back(std::string(700'000, 'b'));
  given.body.pieces.push_back(std::string(700'000, 'c'));
  const Called called = call(classic("sh -c 'tr abc xyz | cut -c1400000-1400001'"), given);
  CHECK(called.answer == "200 |yz\n");

  GivenRequest broken("POST", "/", {}, std::string(2'000'000, 'a'));
  broken.body.failure = Error(Errc::end_of_stream);
  CHECK(call(classic("cat"), broken).answer == "400 |unexpected EOF\n");

  // One that does not want it is none the worse for it.
  GivenRequest unwanted("POST", "/", {}, std::string(2'000'000, 'a'));
  unwanted.body.pieces.push_back(std::string(2'000'000, 'b'));
  CHECK(call(classic("echo done"), unwanted).answer == "200 |done\n");
}

TEST_CASE("marshal_request") {
  Setting setting = classic("cat");
  setting.options.marshal_request = true;
  CHECK(call(setting, "POST", "hello", {{"Host", "h"}, {"Accept", "*/*"}}).answer ==
        R"(200 |{"header":{"Accept":["*/*"]},"body":{"raw":"aGVsbG8="}})");
}

TEST_CASE("write_debug and debug_headers") {
  Setting setting = classic("cat");
  setting.options.write_debug = true;
  setting.options.debug_headers = true;
  const Called called = call(setting, "POST", "hello\n", {{"X-Seen", "v1"}, {"x-seen", "v2"}, {"Content-Type", "a/b"}});
  CHECK(without_seconds(called.log) == "Forking fprocess.\nQuery  b\nPath  /a\nDuration: s\n");
  CHECK(called.printed == "[in] Content-Type=[a/b]\n[in] X-Seen=[v1 v2]\n[out] Content-Type=[a/b]\n[out] X-Duration-Seconds=[" +
                              called.duration + "]\nhello\n");
  Setting failing = classic("sh -c 'echo out; exit 1'");
  failing.options.write_debug = true;
  const Called failed = call(failing);
  CHECK(failed.log.find("Success=false, Error=exit status 1\n") != std::string::npos);
  CHECK(failed.printed == "out\n");
}

TEST_CASE("serializing: the other rules") {
  const std::string type = "Content-Type: application/octet-stream\n";
  const Called plain = call(serializing("cat"), "PURGE", "hello", {{"Content-Type", "a/b"}});
  CHECK(plain.answer == "200 " + type + "|hello");
  CHECK_FALSE(plain.duration.empty());
  CHECK(plain.log.empty());
  const Called failed = call(serializing("sh -c 'echo out; exit 3'"));
  CHECK(failed.answer == "500 " + type + "|exit status 3");
  CHECK_FALSE(failed.duration.empty());
  Setting slow = serializing("sleep 30");
  slow.exec_timeout = 100ms;
  CHECK(call(slow).answer == "500 " + type + "|signal: killed");
  Setting typed = serializing("sh -c 'echo out; echo err >&2'");
  typed.options.content_type = "c/d";
  const Called apart = call(typed);
  CHECK(apart.answer == "200 Content-Type: c/d\n|out\n");
  CHECK(apart.log == "stderr: err\n");
}
