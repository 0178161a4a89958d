#include "modes/meta_variables.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>

#include "modes/cgi_environment.hpp"
#include "support/recorded_call.hpp"
#include "version.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;

namespace {

using Variables = std::map<std::string, std::string>;

Variables variables_of(const GivenRequest& given, const Environment& base = Environment()) {
  const CgiEnvironment environment(base, CgiEnvironment::Flavour::cgi);
  const Result<CallEnvironment> made = environment.make(given.request);
  Variables variables;
  if (!made.ok()) return {{"error", made.error().text()}};
  for (const char* const* entry = made->envp(); *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::size_t end = text.find('=');
    CHECK(variables.emplace(text.substr(0, end), text.substr(end + 1)).second);  // none is there twice
  }
  return variables;
}

std::string value_of(const Variables& variables, const std::string& name) {
  const auto found = variables.find(name);
  return found == variables.end() ? "(none)" : found->second;
}

std::string path_info(std::string target) { return value_of(variables_of(GivenRequest("GET", std::move(target))), "PATH_INFO"); }

std::string server_name(std::string host, std::string address = "192.0.2.2") {
  GivenRequest given("GET", "/", {{"Host", std::move(host)}});
  given.connection.here.address = std::move(address);
  return value_of(variables_of(given), "SERVER_NAME");
}

}  // namespace

TEST_CASE("the variables of a request without a body") {
  CHECK(variables_of(GivenRequest("GET", "/a%20b/c?d=%41&e", {{"Host", "fn.example:8080"}})) ==
        Variables{{"GATEWAY_INTERFACE", "CGI/1.1"},
                  {"HTTP_HOST", "fn.example:8080"},
                  {"PATH_INFO", "/a b/c"},
                  {"QUERY_STRING", "d=%41&e"},
                  {"REMOTE_ADDR", "192.0.2.1"},
                  {"REMOTE_HOST", "192.0.2.1"},
                  {"REMOTE_PORT", "40000"},
                  {"REQUEST_METHOD", "GET"},
                  {"REQUEST_URI", "/a%20b/c?d=%41&e"},
                  {"SCRIPT_NAME", ""},
                  {"SERVER_NAME", "fn.example"},
                  {"SERVER_PORT", "8080"},
                  {"SERVER_PROTOCOL", "HTTP/1.1"},
                  {"SERVER_SOFTWARE", "fwatchdog/" + std::string(kVersion)}});
}

TEST_CASE("the variables of a body") {
  const Variables with =
      variables_of(GivenRequest("POST", "/", {{"Content-Type", "a/b; c=d"}, {"Content-Length", "5"}}, "hello"));
  CHECK(value_of(with, "CONTENT_LENGTH") == "5");
  CHECK(value_of(with, "CONTENT_TYPE") == "a/b; c=d");
  CHECK(value_of(with, "HTTP_CONTENT_LENGTH") == "(none)");
  CHECK(value_of(with, "HTTP_CONTENT_TYPE") == "(none)");
  GivenRequest empty("POST", "/");
  empty.request.framing.kind = BodyFraming::Kind::length;
  CHECK(value_of(variables_of(empty), "CONTENT_LENGTH") == "0");
}

TEST_CASE("fields become variables") {
  const Variables found = variables_of(GivenRequest("GET", "/",
                                                    {{"x-one", "1"},
                                                     {"X-Two-Parts", "a"},
                                                     {"X-TWO-PARTS", "b"},
                                                     {"Cookie", "c=1"},
                                                     {"cookie", "d=2"},
                                                     {"Authorization", "Basic eDp5"},
                                                     {"Content-Encoding", "gzip"},
                                                     {"X-Empty", ""}}));
  CHECK(value_of(found, "HTTP_X_ONE") == "1");
  CHECK(value_of(found, "HTTP_X_TWO_PARTS") == "a, b");
  CHECK(value_of(found, "HTTP_COOKIE") == "c=1; d=2");
  CHECK(value_of(found, "HTTP_AUTHORIZATION") == "Basic eDp5");
  CHECK(value_of(found, "HTTP_CONTENT_ENCODING") == "gzip");
  CHECK(value_of(found, "HTTP_X_EMPTY").empty());
}

TEST_CASE("fields that do not become variables") {
  const Variables found = variables_of(GivenRequest("GET", "/",
                                                    {{"Proxy", "evil"},
                                                     {"Connection", "close, X-Hop"},
                                                     {"X-Hop", "1"},
                                                     {"TE", "trailers"},
                                                     {"Trailer", "X"},
                                                     {"Transfer-Encoding", "chunked"},
                                                     {"Upgrade", "h2c"},
                                                     {"Expect", "100-continue"},
                                                     {"X_Forwarded_For", "spoofed"},
                                                     {"X.Odd", "1"}}));
  for (const auto& variable : found) CHECK_MESSAGE(variable.first.rfind("HTTP_", 0) != 0, variable.first);
}

TEST_CASE("PATH_INFO is decoded and stays below the root") {
  CHECK(path_info("/") == "/");
  CHECK(path_info("/a/./b//c/") == "/a/b//c/");
  CHECK(path_info("/a/../../../etc/passwd") == "/etc/passwd");
  CHECK(path_info("/a/%2e%2e/%2E%2E%2f..%2fetc") == "/etc");
  CHECK(path_info("/a/..") == "/");
  CHECK(path_info("/a/b/.") == "/a/b/");
  CHECK(path_info("/a/...") == "/a/...");
  CHECK(path_info("/%C3%A4%25") == "/\xc3\xa4%");
  CHECK(path_info("http://h/x/../y?z") == "/y");
  CHECK(path_info("/a%00") == "(none)");
  CHECK(value_of(variables_of(GivenRequest("GET", "/a%00")), "error").find("NUL") != std::string::npos);
}

TEST_CASE("REQUEST_URI is what was asked for") {
  CHECK(value_of(variables_of(GivenRequest("GET", "/a/../b?")), "REQUEST_URI") == "/a/../b?");
  CHECK(value_of(variables_of(GivenRequest("GET", "http://h/x?y")), "REQUEST_URI") == "/x?y");
}

TEST_CASE("SERVER_NAME has no port") {
  CHECK(server_name("fn.example") == "fn.example");
  CHECK(server_name("[2001:db8::1]:8080") == "[2001:db8::1]");
  CHECK(server_name("127.0.0.1:80") == "127.0.0.1");
  CHECK(server_name("") == "192.0.2.2");
  CHECK(server_name("", "2001:db8::2") == "[2001:db8::2]");
}

TEST_CASE("what the operator set") {
  Environment base;
  for (const auto& [name, value] : Variables{{"SCRIPT_NAME", "/function/git"},
                                             {"DOCUMENT_ROOT", "/srv"},
                                             {"REMOTE_USER", "operator"},
                                             {"CONTENT_LENGTH", "99"},
                                             {"CONTENT_TYPE", "x/y"},
                                             {"PATH_TRANSLATED", "/old"},
                                             {"QUERY_STRING", "old"},
                                             {"HTTP_ACCEPT", "old"},
                                             {"HTTP_OWN", "own"},
                                             {"PATH", "/bin"}})
    base.set(name, value);
  const Variables found = variables_of(GivenRequest("GET", "/a/../b", {{"Accept", "new"}}), base);
  CHECK(value_of(found, "SCRIPT_NAME") == "/function/git");
  CHECK(value_of(found, "REQUEST_URI") == "/function/git/a/../b");
  CHECK(value_of(found, "PATH_TRANSLATED") == "/srv/b");
  CHECK(value_of(found, "REMOTE_USER") == "operator");
  CHECK(value_of(found, "CONTENT_LENGTH") == "(none)");
  CHECK(value_of(found, "CONTENT_TYPE") == "(none)");
  CHECK(value_of(found, "QUERY_STRING").empty());
  CHECK(value_of(found, "HTTP_ACCEPT") == "new");
  CHECK(value_of(found, "HTTP_OWN") == "own");
  CHECK(value_of(found, "PATH") == "/bin");
}

TEST_CASE("a value that is too large") {
  const Variables found = variables_of(GivenRequest("GET", "/", {{"X-Large", std::string(140'000, 'x')}}));
  CHECK(value_of(found, "error") == "HTTP_X_LARGE is too large for an environment variable");
}
