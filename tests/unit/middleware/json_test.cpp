#include "middleware/json.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace fwatchdog;

TEST_CASE("values, and what is not there") {
  const Result<Json> json = Json::parse(R"({"t":"x\u00e9","n":1,"d":-1.5e3,"b":true,"z":null,"l":["a",2],"o":{"k":"v"}})");
  REQUIRE(json.ok());
  const JsonValue root = json->root();
  CHECK(root.is_object());
  CHECK(root.member("t").text() == "x\xc3\xa9");
  CHECK(root.member("n").number() == 1);
  CHECK(root.member("d").number() == -1500);
  CHECK(root.member("l").size() == 2);
  CHECK(root.member("l").at(0).text() == "a");
  CHECK(root.member("o").member("k").text() == "v");
  CHECK(root.member("z").missing());
  CHECK(root.member("none").missing());
  CHECK(root.member("none").member("deeper").at(3).missing());
  CHECK_FALSE(root.member("b").number().has_value());
  CHECK_FALSE(root.member("b").missing());
  CHECK_FALSE(root.member("n").text().has_value());
  CHECK_FALSE(root.member("t").number().has_value());
  CHECK_FALSE(root.member("t").is_list());
  CHECK(root.member("l").at(2).missing());
  CHECK(root.member("t").size() == 0);
}

TEST_CASE("what is refused") {
  for (const std::string_view text : {"",
                                      " ",
                                      "1",
                                      "\"x\"",
                                      "null",
                                      "{",
                                      "{]",
                                      "{\"a\":1,}",
                                      "{\"a\":1} x",
                                      "{\"a\":1}{}",
                                      "{a:1}",
                                      "{'a':1}",
                                      "{\"a\":01}",
                                      "{\"a\":NaN}",
                                      "{\"a\":1e999}",
                                      "{\"a\":99999999999999999999}",
                                      "{\"a\":\"\x01\"}",
                                      "{\"a\":\"\\u0000\"}",
                                      "{\"a\\u0000\":1}",
                                      "{\"a\":\"\\ud800\"}",
                                      "{\"a\":\"\xff\"}",
                                      "{\"a\":\"\xc0\xaf\"}",
                                      "{\"a\":1,\"a\":1}",
                                      "{\"x\":{\"a\":1,\"\\u0061\":1}}",
                                      "\xef\xbb\xbf{}"}) {
    CAPTURE(text);
    CHECK_FALSE(Json::parse(text).ok());
  }
  CHECK_FALSE(Json::parse(std::string_view("{}\0", 3)).ok());
  CHECK_FALSE(Json::parse(std::string(100'000, '[')).ok());
  CHECK(Json::parse("{\"secret\":").error().text().find("secret") == std::string::npos);
}
