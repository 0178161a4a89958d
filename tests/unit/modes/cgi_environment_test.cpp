#include "modes/cgi_environment.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "support/recorded_call.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;
using Flavour = CgiEnvironment::Flavour;

namespace {

Environment environment_of(std::initializer_list<const char*> entries) {
  std::vector<const char*> list(entries);
  list.push_back(nullptr);
  return Environment(list.data());
}

std::vector<std::string> entries_of(const CallEnvironment& made) {
  std::vector<std::string> entries;
  for (const char* const* entry = made.envp(); *entry != nullptr; ++entry) entries.emplace_back(*entry);
  return entries;
}

std::vector<std::string> made_for(const Request& request, Flavour flavour, const Environment& base = Environment()) {
  const CgiEnvironment environment(base, flavour);
  const Result<CallEnvironment> made = environment.make(request);
  CHECK(made.ok());
  return made.ok() ? entries_of(*made) : std::vector<std::string>();
}

using Entries = std::vector<std::string>;

}  // namespace

TEST_CASE("what a request is to a function") {
  GivenRequest given("POST", "/a%20b/c?d=%2F&e", {{"Host", "fn:80"}, {"Accept", "*/*"}, {"Content-Length", "5"}}, "hello");
  const Environment base = environment_of({"PATH=/bin", "EMPTY="});
  CHECK(made_for(given.request, Flavour::classic, base) ==
        Entries{"PATH=/bin", "EMPTY=", "Http_Method=POST", "Http_ContentLength=5", "Http_Content_Length=5", "Http_Host=fn:80",
                "Http_Query=d=%2F&e", "Http_Path=/a b/c", "Http_Accept=*/*"});
  CHECK(made_for(given.request, Flavour::of_watchdog, base) == Entries{"PATH=/bin", "EMPTY=", "Http_Method=POST",
                                                                       "Http_Query=d=%2F&e", "Http_Path=/a b/c",
                                                                       "Http_Accept=*/*", "Http_Content_Length=5"});
  CHECK(made_for(given.request, Flavour::none, base) == Entries{"PATH=/bin", "EMPTY="});
}

TEST_CASE("without a body, a query or a host") {
  GivenRequest given("GET", "/");
  CHECK(made_for(given.request, Flavour::classic) ==
        Entries{"Http_Method=GET", "Http_ContentLength=0", "Http_Content_Length=0", "Http_Path=/"});
  CHECK(made_for(given.request, Flavour::of_watchdog) == Entries{"Http_Method=GET", "Http_Path=/"});
}

TEST_CASE("a chunked body has no length") {
  GivenRequest given("POST", "/", {{"Transfer-Encoding", "chunked"}});
  given.request.framing.kind = BodyFraming::Kind::chunked;
  CHECK(made_for(given.request, Flavour::classic) == Entries{"Http_Method=POST", "Http_ContentLength=-1",
                                                             "Http_Content_Length=-1", "Http_Transfer_Encoding=chunked",
                                                             "Http_Path=/"});
  CHECK(made_for(given.request, Flavour::of_watchdog) ==
        Entries{"Http_Method=POST", "Http_Transfer_Encoding=chunked", "Http_Path=/"});
}

TEST_CASE("the names of fields") {
  struct Row {
    std::string field, name;
  };
  const Row rows[] = {
      {"x-forwarded-by", "Http_X_Forwarded_By"},
      {"X-A1-2b", "Http_X_A1_2b"},
      {"eTAG-x", "Http_Etag_X"},
      {"X--Y", "Http_X__Y"},
      {"X_Under_Score", "Http_X_under_score"},
      {"a", "Http_A"},
      {"X.Dot", "Http_X.dot"},
      {"Proxy-Authorization", "Http_Proxy_Authorization"},
      {"X-Host", "Http_X_Host"},
  };
  for (const Row& row : rows) {
    GivenRequest given("GET", "/", {{row.field, "v"}});
    CHECK(made_for(given.request, Flavour::of_watchdog) == Entries{"Http_Method=GET", "Http_Path=/", row.name + "=v"});
  }
}

TEST_CASE("each name stands once: ours first, then the first field of that name") {
  GivenRequest given("POST", "/p?q",
                     {{"Host", "h"},
                      {"Method", "x"},
                      {"Path", "x"},
                      {"Query", "x"},
                      {"Content-Length", "9"},
                      {"ContentLength", "9"},
                      {"Transfer-Encoding", "x"},
                      {"X-A", "1"},
                      {"x-a", "2"},
                      {"X_A", "3"},
                      {"proxy", "http://evil"},
                      {"Empty", ""}},
                     "hello");
  CHECK(made_for(given.request, Flavour::classic) == Entries{"Http_Method=POST", "Http_ContentLength=5", "Http_Content_Length=5",
                                                             "Http_Host=h", "Http_Query=q", "Http_Path=/p",
                                                             "Http_Contentlength=9", "Http_X_A=1", "Http_X_a=3", "Http_Empty="});
}

TEST_CASE("a field Query is no query") {
  GivenRequest given("GET", "/p", {{"query", "forged"}});
  CHECK(made_for(given.request, Flavour::classic) ==
        Entries{"Http_Method=GET", "Http_ContentLength=0", "Http_Content_Length=0", "Http_Path=/p"});
}

TEST_CASE("inherited variables stay, but for those that the request gives") {
  const Environment base =
      environment_of({"Http_Path=/inherited", "Http_Other=kept", "Http_Proxy=http://ours", "HTTP_PATH=kept", "no variable"});
  GivenRequest given("GET", "/now");
  CHECK(made_for(given.request, Flavour::of_watchdog, base) == Entries{"Http_Other=kept", "Http_Proxy=http://ours",
                                                                       "HTTP_PATH=kept", "no variable", "Http_Method=GET",
                                                                       "Http_Path=/now"});
}

TEST_CASE("bytes are passed as they are") {
  GivenRequest given("GET", "/%ff%0a=?\xc3\xa9", {{"X", "a=b\xc3\xa9\tc"}});
  CHECK(made_for(given.request, Flavour::of_watchdog) ==
        Entries{"Http_Method=GET", "Http_Query=\xc3\xa9", "Http_Path=/\xff\n=", "Http_X=a=b\xc3\xa9\tc"});
}

TEST_CASE("what no environment can hold") {
  const Environment base;
  const CgiEnvironment environment(base, Flavour::classic);
  GivenRequest with_nul("GET", "/a%00b");
  const Result<CallEnvironment> nul = environment.make(with_nul.request);
  CHECK_FALSE(nul.ok());
  if (!nul.ok()) CHECK(nul.error().text() == "the path has a NUL, which no environment variable can hold");

  // 128 KiB with `Http_X=` and the NUL.
  const std::size_t most = 128 * 1024 - 8;
  GivenRequest fits("GET", "/", {{"X", std::string(most, 'x')}});
  CHECK(environment.make(fits.request).ok());
  GivenRequest too_large("GET", "/", {{"A", "b"}, {"X", std::string(most + 1, 'x')}});
  const Result<CallEnvironment> large = environment.make(too_large.request);
  CHECK_FALSE(large.ok());
  if (!large.ok()) {
    CHECK(large.error().code == Errc::too_large);
    CHECK(large.error().text() == "Http_X is too large for an environment variable");
  }
  const CgiEnvironment none(base, Flavour::none);
  CHECK(none.make(with_nul.request).ok());
  CHECK(none.make(too_large.request).ok());
}

TEST_CASE("100,000 fields take no time worth speaking of") {
  GivenRequest::Fields fields;
  for (int i = 0; i < 100'000; ++i) fields.emplace_back("a" + std::to_string(i), "");
  GivenRequest given("GET", "/", fields);
  CHECK(made_for(given.request, Flavour::of_watchdog).size() == 100'002);
}

TEST_CASE("a call's environment can be moved") {
  const Environment base = environment_of({"A=b"});
  const CgiEnvironment environment(base, Flavour::of_watchdog);
  GivenRequest given("GET", "/");
  Result<CallEnvironment> made = environment.make(given.request);
  const CallEnvironment moved = std::move(*made);
  CHECK(entries_of(moved) == Entries{"A=b", "Http_Method=GET", "Http_Path=/"});
}
