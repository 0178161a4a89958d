#include "http/hop_by_hop.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

using namespace fwatchdog;
using namespace std::string_view_literals;

using Fields = std::vector<Field>;

TEST_CASE("fields of the connection are dropped from every message") {
  const HopByHop hop(Fields{});
  for (const std::string_view name :
       {"Connection"sv, "connection"sv, "Keep-Alive"sv, "PROXY-CONNECTION"sv, "Proxy-Authenticate"sv, "Proxy-Authorization"sv,
        "Proxy-Authentication-Info"sv, "TE"sv, "te"sv, "Transfer-Encoding"sv, "Upgrade"sv}) {
    CAPTURE(name);
    CHECK(hop.drops(name));
    CHECK(is_hop_by_hop(name, {}));
  }
}

TEST_CASE("all other fields are kept") {
  const HopByHop hop(Fields{});
  for (const std::string_view name : {"Host"sv, "Trailer"sv, "Content-Length"sv, "Accept"sv, "X-Private"sv, "Connections"sv,
                                      "Proxy"sv, "T"sv, "TEE"sv, ""sv, "Expect"sv, "close"sv}) {
    CAPTURE(name);
    CHECK_FALSE(hop.drops(name));
  }
}

TEST_CASE("what Connection names is dropped") {
  struct Row {
    std::string_view value;
    bool first, second;
  };
  const Row rows[] = {
      {"X-First", true, false},
      {"x-FIRST", true, false},
      {"close, X-First", true, false},
      {"X-First,X-Second", true, true},
      {" \tX-First\t ,\tX-Second ", true, true},
      {",,X-Second,,", false, true},
      {"X-First X-Second", false, false},
      {"X-Firs", false, false},
      {"X-First-And-More", false, false},
      {"X-First;q=1", false, false},
      {"keep-alive", false, false},
      {"", false, false},
      {",", false, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.value);
    const Fields fields = {{"Accept", "*/*"}, {"Connection", row.value}};
    const HopByHop hop(fields);
    CHECK(hop.drops("X-First") == row.first);
    CHECK(hop.drops("X-Second") == row.second);
    CHECK(hop.drops("x-second") == row.second);
    CHECK(is_hop_by_hop("x-first", fields) == row.first);
    CHECK_FALSE(hop.drops("Accept"));
  }
}

TEST_CASE("several Connection fields count together") {
  const HopByHop hop(Fields{{"Connection", "X-Z"}, {"X-Z", "1"}, {"CONNECTION", "X-A, X-M"}});
  for (const std::string_view name : {"X-A"sv, "X-M"sv, "X-Z"sv}) CHECK(hop.drops(name));
  CHECK_FALSE(hop.drops("X-B"));
}

TEST_CASE("a nomination cannot remove what the receiver relies on") {
  const std::string_view essential[] = {
      "Host",       "Content-Length", "Content-Type",      "Content-Encoding", "Authorization",
      "Cookie",     "Trailer",        "Cache-Control",     "X-Forwarded-For",  "X-Forwarded-Host",
      "Forwarded",  "X-Real-IP",      "x-forwarded-proto", "X-Call-Id",        "If-None-Match",
      "Set-Cookie", "Range"};
  std::string list = "X-Private";
  for (const std::string_view name : essential) list += ", " + std::string(name);
  const HopByHop hop(Fields{{"Connection", list}});
  for (const std::string_view name : essential) {
    CAPTURE(name);
    CHECK_FALSE(hop.drops(name));
  }
  CHECK(hop.drops("X-Private"));
}

TEST_CASE("a tunnel keeps Upgrade") {
  const Fields fields = {{"Connection", "Upgrade, HTTP2-Settings"}, {"Upgrade", "websocket"}};
  const HopByHop hop(fields, HopByHop::Upgrade::kept);
  CHECK_FALSE(hop.drops("Upgrade"));
  CHECK_FALSE(hop.drops("upgrade"));
  CHECK(hop.drops("Connection"));
  CHECK(hop.drops("HTTP2-Settings"));
  CHECK(HopByHop(fields).drops("Upgrade"));
}

TEST_CASE("TE is dropped, its trailers are remembered") {
  struct Row {
    std::string_view value;
    bool trailers;
  };
  const Row rows[] = {
      {"trailers", true}, {"Trailers", true}, {"gzip, trailers", true}, {" trailers ;q=0.5,gzip", true}, {"gzip", false},
      {"trailer", false}, {"", false},        {"x-trailers", false}};
  for (const Row& row : rows) {
    CAPTURE(row.value);
    const HopByHop hop(Fields{{"te", row.value}});
    CHECK(hop.accepts_trailers() == row.trailers);
    CHECK(hop.drops("TE"));
  }
  CHECK_FALSE(HopByHop(Fields{}).accepts_trailers());
}

TEST_CASE("a hundred thousand nominations against as many fields end in time") {
  std::string list;
  std::vector<std::string> names;
  for (int i = 0; i < 100000; ++i) {
    names.push_back("x" + std::to_string(i * 7919 % 100000));
    list += names.back() + ",";
  }
  const HopByHop hop(Fields{{"Connection", list}});
  std::size_t dropped = 0;
  for (const std::string& name : names) dropped += hop.drops(name) ? 1 : 0;
  CHECK(dropped == names.size());
  CHECK_FALSE(hop.drops("y1"));
}
