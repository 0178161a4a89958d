#include "log/escape.hpp"

#include <doctest/doctest.h>

#include <string>

namespace {

std::string printable(std::string_view text) {
  std::string out;
  fwatchdog::append_printable(out, text);
  return out;
}

std::string json(std::string_view text) {
  std::string out;
  fwatchdog::append_json_string(out, text);
  return out;
}

}  // namespace

TEST_CASE("escape: text stays on its line and steers no terminal") {
  CHECK(printable("") == "");
  CHECK(printable("GET /a?b=c - 200") == "GET /a?b=c - 200");
  CHECK(printable("Version: dev\tSHA: x") == "Version: dev\tSHA: x");
  CHECK(printable("a\nb\r\x1b[31m") == "a\\x0ab\\x0d\\x1b[31m");
  CHECK(printable(std::string_view("\0\x01\x7f", 3)) == "\\x00\\x01\\x7f");
  CHECK(printable("gr\u00fc\u00df \u20ac \U0001f600") == "gr\u00fc\u00df \u20ac \U0001f600");
  CHECK(printable("\xc2\x9b"
                  "1m\xc2\x85") == "\\xc2\\x9b1m\\xc2\\x85");
  CHECK(printable("\xc2\xa0") == "\xc2\xa0");
  CHECK(printable("\xff\x9b") == "\\xff\\x9b");
  CHECK(printable("back\\slash \"quoted\"") == "back\\slash \"quoted\"");
}

TEST_CASE("escape: in quotes, as Go does it") {
  CHECK(fwatchdog::go_quoted("") == R"("")");
  CHECK(fwatchdog::go_quoted("node index.js") == R"("node index.js")");
  CHECK(fwatchdog::go_quoted("sh -c \"a\\b\"") == R"("sh -c \"a\\b\"")");
  CHECK(fwatchdog::go_quoted("a\nb\tc\rd\x1b") == R"("a\nb\tc\rd\x1b")");
  CHECK(fwatchdog::go_quoted("gr\u00fc\u00df") == "\"gr\u00fc\u00df\"");
}

TEST_CASE("escape: JSON strings") {
  CHECK(json("") == R"("")");
  CHECK(json("plain") == R"("plain")");
  CHECK(json("a\"b\\c/") == R"("a\"b\\c/")");
  CHECK(json("\n\r\t") == R"("\n\r\t")");
  CHECK(json(std::string_view("\0\x08\x0c\x1f\x7f", 5)) == R"("\u0000\u0008\u000c\u001f\u007f")");
  CHECK(json("\u00fc\u20ac\U0001f600") == "\"\u00fc\u20ac\U0001f600\"");
}

TEST_CASE("escape: bytes that are not UTF-8 never leave as they are") {
  constexpr const char* kBad[] = {
      "\x80",
      "\xbf",
      "\xc0\x80",
      "\xc1\xbf",
      "\xc2",
      "\xc2\x41",
      "\xe0\x80\x80",
      "\xe0\x9f\xbf",
      "\xe2\x82",
      "\xed\xa0\x80",
      "\xed\xbf\xbf",
      "\xf0\x80\x80\x80",
      "\xf0\x8f\xbf\xbf",
      "\xf0\x9f\x98",
      "\xf4\x90\x80\x80",
      "\xf5\x80\x80\x80",
      "\xfe",
      "\xff",
  };
  for (const std::string bad : kBad) {
    const std::string out = json("<" + bad + ">");
    CAPTURE(out);
    CHECK(out.starts_with("\"<\xef\xbf\xbd"));
    CHECK(out.ends_with(">\""));
    const std::string text = printable(bad);
    CHECK(text.starts_with("\\x"));
    for (const char c : text) CHECK(static_cast<unsigned char>(c) < 0x80);
  }
}

TEST_CASE("escape: the bounds of UTF-8 pass") {
  for (const std::string good : {"\xc2\xa0", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
                                 "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    CHECK(json(good) == "\"" + good + "\"");
    CHECK(printable(good) == good);
  }
}

TEST_CASE("escape: a text cut inside a character") {
  const std::string whole = "x\U0001f600y";
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    const std::string cut = whole.substr(0, length);
    const bool broken = length > 1 && length < 5;
    CHECK((json(cut) == "\"" + cut + "\"") == !broken);
  }
}
