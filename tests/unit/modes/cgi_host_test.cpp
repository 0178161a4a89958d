#include "modes/cgi_host.hpp"

#include <doctest/doctest.h>

#include <string>

#include "support/recorded_call.hpp"
#include "support/recorded_log.hpp"
#include "support/sockets.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;

namespace {

struct Called {
  std::string answer;
  std::string log;
};

Task<void> call_on(Loop& loop, const std::string& script, GivenRequest& given, RecordedLog& log, Called& called) {
  ignore_broken_pipes();
  Environment base;
  base.set("PATH", "/usr/bin:/bin");
  Result<FunctionCommand> command = FunctionCommand::parse("sh -c '" + script + "'", base);
  CHECK(command.ok());
  if (!command.ok()) co_return;
  const CgiEnvironment environment(base, CgiEnvironment::Flavour::cgi);
  Reaper reaper(loop);
  ProcessCounts processes;
  const ForkContext context{loop, reaper, log.logger, *command, environment, processes, std::chrono::seconds(60),
                            true, false,  65536};
  CgiHost mode(context, "", "/tmp");
  RecordedResponse response;
  co_await mode.handle(given.request, response);
  called.answer = response.text();
}

Called call(const std::string& script, GivenRequest& given) {
  Called called;
  RecordedLog log;
  Loop loop;
  loop.run(call_on(loop, script, given, log, called));
  called.log = log.lines();
  return called;
}

Called call(const std::string& script, std::string method = "GET", std::string target = "/", std::string body = {}) {
  GivenRequest given(std::move(method), std::move(target), {}, std::move(body));
  return call(script, given);
}

}  // namespace

TEST_CASE("a document") {
  CHECK(call(R"(printf "Content-Type: a/b\n\n"; cat)", "POST", "/", "hello").answer == "200 Content-Type: a/b\n|hello");
  CHECK(call(R"(printf "Status: 404\n\nx")").answer == "404 Content-Type: application/octet-stream\n|x");
}

TEST_CASE("an output without a head is a failure") {
  const Called called = call("echo hello, world");
  CHECK(called.answer == "500 |the output has no CGI header block: \"hello, world\" is no field\n");
  CHECK(called.log.find("no CGI header block") != std::string::npos);
  CHECK(call("true").answer == "500 |the output has no CGI header block: there is no field\n");
  CHECK(call("exit 3").answer == "500 |exit status 3\n");
}

TEST_CASE("a local redirect is followed with GET and without the body") {
  const std::string script =
      R"(case $PATH_INFO in /to) printf "Content-Type: t\n\n%s %s %s" $REQUEST_METHOD "$QUERY_STRING" "${CONTENT_LENGTH-none}"; cat;;)"
      R"( *) printf "Location: /to?q=1\n\n";; esac)";
  CHECK(call(script, "POST", "/from", "hello").answer == "200 Content-Type: t\n|GET q=1 none");
}

TEST_CASE("redirects that lead nowhere") {
  CHECK(call(R"(printf "Location: /again\n\n")").answer == "500 |the function redirects in circles\n");
  CHECK(call(R"(printf "Location: /%%zz\n\n")").answer == "500 |the function redirects to an invalid path\n");
}

TEST_CASE("a body without a length is held until it has one") {
  GivenRequest given("POST", "/");
  given.request.framing.kind = BodyFraming::Kind::chunked;
  const std::string part(700'000, 'p');
  given.body.pieces = {"a", part, part};
  CHECK(call(R"(printf "Content-Type: t\n\n%s " $CONTENT_LENGTH; wc -c)", given).answer ==
        "200 Content-Type: t\n|1400001 1400001\n");
  GivenRequest small("POST", "/");
  small.request.framing.kind = BodyFraming::Kind::chunked;
  small.body.pieces = {"a", "b"};
  CHECK(call(R"(printf "Content-Type: t\n\n%s " $CONTENT_LENGTH; cat)", small).answer == "200 Content-Type: t\n|2 ab");
  GivenRequest broken("POST", "/");
  broken.request.framing.kind = BodyFraming::Kind::chunked;
  broken.body.pieces = {"a"};
  broken.body.failure = Error(Errc::too_large, "request body too large");
  CHECK(call("cat", broken).answer == "413 |request body too large\n");
}
