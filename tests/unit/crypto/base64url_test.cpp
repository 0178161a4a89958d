#include "crypto/base64url.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace fwatchdog;

TEST_CASE("the bytes of a text") {
  CHECK(decode_base64url("") == "");
  CHECK(decode_base64url("Zg") == "f");
  CHECK(decode_base64url("Zm8") == "fo");
  CHECK(decode_base64url("Zm9v") == "foo");
  CHECK(decode_base64url("Zm9vYg") == "foob");
  CHECK(decode_base64url("-_-_") == "\xfb\xff\xbf");
  CHECK(decode_base64url("AAAA") == std::string(3, '\0'));
  CHECK(decode_base64url("AA") == std::string(1, '\0'));
}

TEST_CASE("what is no text of bytes") {
  for (const std::string_view text :
       {"A", "AAAAA", "Zg==", "Zm8=", "+/+/", "Zm 9", "Zm\n9", " Zm9v", "Zm9v ", "Zm.v", "Z\xc3\xa9v"}) {
    CAPTURE(text);
    CHECK_FALSE(decode_base64url(text).has_value());
  }
  CHECK_FALSE(decode_base64url(std::string_view("AA\0A", 4)).has_value());
}

TEST_CASE("bits left over must be zero, so that there is one spelling only") {
  CHECK(decode_base64url("Zg").has_value());
  for (const std::string_view text : {"Zh", "Zi", "Zm9", "Zm-"}) {
    CAPTURE(text);
    CHECK_FALSE(decode_base64url(text).has_value());
  }
}
