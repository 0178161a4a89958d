#include "modes/cgi_head.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "async/loop_fixture.hpp"
#include "modes/held_cgi.hpp"
#include "support/recorded_call.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;
using namespace fwatchdog::testing;
using namespace std::string_view_literals;

namespace {

/// `404 Not Found [Content-Type: a/b|] length 3 local | body`, or why there is no head.
std::string said(CgiHeadParser& parser, CgiHeadParser::State state, std::string_view output) {
  if (state == CgiHeadParser::State::none) return "none: " + parser.why_none();
  if (state == CgiHeadParser::State::incomplete) return "incomplete";
  const CgiHead& head = parser.head();
  std::string text = std::to_string(head.status) + (head.reason.empty() ? "" : " " + head.reason) + " [";
  for (const auto& [name, value] : head.fields) text += name + ": " + value + "|";
  text += "]";
  if (head.length) text += " length " + std::to_string(*head.length);
  if (head.is_local_redirect) text += " local";
  return text + " " + std::string(output.substr(parser.size()));
}

std::string read_whole(std::string_view output) {
  CgiHeadParser parser;
  const CgiHeadParser::State state = parser.parse(output);
  return said(parser, state, output);
}

/// The same, with one more byte at each call; the rest of the output plays no part.
std::string read_bytewise(std::string_view output) {
  CgiHeadParser parser;
  CgiHeadParser::State state = CgiHeadParser::State::incomplete;
  for (std::size_t size = 1; size <= output.size() && state == CgiHeadParser::State::incomplete; ++size)
    state = parser.parse(output.substr(0, size));
  return said(parser, state, output);
}

std::string read_head(std::string_view output) {
  const std::string whole = read_whole(output);
  const std::string bytewise = read_bytewise(output);
  // What cannot be a field is refused as soon as that is clear.
  CHECK((bytewise == whole || (bytewise.starts_with("none: ") && whole.starts_with("none: "))));
  return whole;
}

}  // namespace

TEST_CASE("a block of fields") {
  CHECK(read_head("Content-Type: text/plain\n\nhello") == "200 [Content-Type: text/plain|] hello");
  CHECK(read_head("Content-Type: text/plain\r\n\r\nhello\n\n") == "200 [Content-Type: text/plain|] hello\n\n");
  CHECK(read_head("content-type:a/b\r\nX-A: 1\nX-A:2\nX-E:\n\r\n") == "200 [content-type: a/b|X-A: 1|X-A: 2|X-E: |] ");
  CHECK(read_head("Status: 404\n\n") == "404 [] ");
  CHECK(read_head("Status: 404 Not Here \xc3\xa4\nX: y\n\nz") == "404 Not Here \xc3\xa4 [X: y|] z");
  CHECK(read_head("STATUS: 204 \n\n") == "204 [] ");
  CHECK(read_head("Content-Type:  a/b \t\n\n\n\n") == "200 [Content-Type: a/b|] \n\n");
  CHECK(read_head("Content-Type: a/b\nContent-Length: 5\n\nhello") == "200 [Content-Type: a/b|] length 5 hello");
}

TEST_CASE("redirects") {
  CHECK(read_head("Location: https://example.com/a?b#c\n\n") == "302 [Location: https://example.com/a?b#c|] ");
  CHECK(read_head("Location: /a?b\n\n") == "302 [Location: /a?b|] local ");
  CHECK(read_head("Status: 303\nLocation: /a\n\n") == "303 [Location: /a|] ");
  CHECK(read_head("Location: /a\nSet-Cookie: x=1\n\n") == "302 [Location: /a|Set-Cookie: x=1|] ");
  CHECK(read_head("Location: //example.com/a\n\n") == "302 [Location: //example.com/a|] ");
  CHECK(read_head("Location: /a#b\n\n") == "302 [Location: /a#b|] ");
  CHECK(read_head("Location: other\n\n") == "302 [Location: other|] ");
  CHECK(read_head("Location:\n\n") == "none: Location: \"\" is invalid");
  CHECK(read_head("Location: /a b\n\n") == "none: Location: \"/a b\" is invalid");
  CHECK(read_head("Location: /a\nLocation: /b\n\n") == "none: Location is there twice");
}

TEST_CASE("fields that are ours to say are dropped") {
  CHECK(read_head("Status: 200\nConnection: close, X-Mine\nX-Mine: 1\nKeep-Alive: 3\nTransfer-Encoding: chunked\nTE: trailers\n"
                  "Trailer: X\nUpgrade: h2c\nProxy-Connection: close\nX-CGI-Local: 1\nX-Duration-Seconds: 9\nX-Stays: 2\n\n") ==
        "200 [X-Stays: 2|] ");
}

TEST_CASE("what is no block of fields") {
  CHECK(read_head("hello, world\n") == "none: \"hello, world\" is no field");
  CHECK(read_whole("hello, world, and many more words than a line should show\n") ==
        "none: \"hello, world, and many more words than a\"... is no field");
  CHECK(read_head("\n\nbody") == "none: it begins with an empty line");
  CHECK(read_head("a: b\n\nbody") == "none: Status, Content-Type and Location are missing");
  CHECK(read_head("HTTP/1.1 200 OK\r\nContent-Type: a/b\r\n\r\n") == "none: \"HTTP/1.1 200 OK\" is no field");
  CHECK(read_head("Content-Type : a/b\n\n") == "none: \"Content-Type : a/b\" is no field");
  CHECK(read_head("Content-Type: a/b\n folded\n\n") == "none: \" folded\" is no field");
  CHECK(read_head(": a\n\n") == "none: \": a\" is no field");
  CHECK(read_head("Status: 200\nX: a\rb\n\n") == "none: the value of X has a control byte");
  CHECK(read_head("Status: 200\nX: a\0b\n\n"sv) == "none: the value of X has a control byte");
  CHECK(read_head("Status: 200\nX: \x7f\n\n") == "none: the value of X has a control byte");
  CHECK(read_head("Status: 200\n\r\r\n\n") == "none: \"\r\" is no field");
  CHECK(read_head("{\"a\": 1}\n\n") == "none: \"{\"a\": 1}\" is no field");
}

TEST_CASE("fields with a meaning must have a good value, once") {
  for (const char* status : {"", "20", "abc", "2000", "199", "100", "600", "-40", "20x", "200OK", "+20"}) {
    const std::string why = read_head("Status: " + std::string(status) + "\n\n");
    CHECK(why == "none: Status: \"" + std::string(status) + "\" is invalid");
  }
  for (const char* length : {"", "x", "-1", "+1", "1 2", "1,1", "18446744073709551616", "0x1"}) {
    const std::string why = read_head("Status: 200\nContent-Length: " + std::string(length) + "\n\n");
    CHECK(why == "none: Content-Length: \"" + std::string(length) + "\" is invalid");
  }
  CHECK(read_head("Status: 200\nstatus: 200\n\n") == "none: status is there twice");
  CHECK(read_head("Content-Type: a/b\nContent-Type: a/b\n\n") == "none: Content-Type is there twice");
  CHECK(read_head("Status: 200\nContent-Length: 1\nContent-Length: 1\n\n") == "none: Content-Length is there twice");
  CHECK(read_head("Content-Type:\n\n") == "none: Content-Type: \"\" is invalid");
}

TEST_CASE("a block that does not end") {
  for (const char* output : {"", "C", "Content-Type", "Content-Type:", "Status: 200\n", "Status: 200\r\n\r"}) {
    CAPTURE(output);
    CgiHeadParser parser;
    CHECK(parser.parse(output) == CgiHeadParser::State::incomplete);
    CHECK(parser.end() == CgiHeadParser::State::none);
    CHECK_FALSE(parser.why_none().empty());
  }
  CHECK(read_head("Status: 200\nX: " + std::string(CgiHeadParser::kMost, 'x')) == "none: no end within 65536 bytes");
  CHECK(read_whole("Status: 200\nX: " + std::string(CgiHeadParser::kMost, 'x') + "\n\n") == "none: no end within 65536 bytes");
  const std::string longest = "Status: 200\nX: " + std::string(CgiHeadParser::kMost - 17, 'x') + "\n\n";
  CHECK(read_whole(longest).rfind("200 [X: xxx", 0) == 0);
  CHECK(read_head(std::string(300, 'n')).rfind("none: ", 0) == 0);  // a name so long is none, and is not waited for
}

TEST_CASE("a head and a default type go into an answer") {
  const auto put = [](std::string_view output, std::string_view type) {
    CgiHeadParser parser;
    CHECK(parser.parse(output) == CgiHeadParser::State::complete);
    RecordedResponse response;
    put_cgi_head(parser.head(), type, response);
    return std::to_string(response.status()) + " " + std::string(response.reason()) + "|" + response.fields;
  };
  CHECK(put("Content-Type: a/b\nX: y\n\n", "c/d") == "200 |Content-Type: a/b\nX: y\n");
  CHECK(put("Status: 418 Teapot\n\n", "c/d") == "418 Teapot|Content-Type: c/d\n");
  CHECK(put("Status: 418\n\n", "") == "418 |");
  CHECK(put("Status: 204\n\n", "c/d") == "204 |");
  CHECK(put("Location: http://h/\n\n", "c/d") == "302 |Location: http://h/\n");
}

namespace {

void hold(std::string_view text, HeldOutput& output) {
  while (!text.empty()) {
    const std::span<char> room = output.room();
    const std::size_t size = std::min(room.size(), text.size());
    text.copy(room.data(), size);
    output.filled(size);
    text.remove_prefix(size);
  }
}

std::string body_of(const HeldCgi& cgi) {
  std::string body;
  for (const std::string_view piece : cgi.body()) body += piece;
  return body;
}

}  // namespace

TEST_CASE("a head in output that is held") {
  TestLoop test;
  LargeBlocks blocks(test.loop);
  HeldOutput small(blocks);
  hold("Status: 201\n\nhello", small);
  const HeldCgi first(small);
  CHECK(first.has_head());
  CHECK(first.head().status == 201);
  CHECK(body_of(first) == "hello");

  // Blocks are of 4 KiB, then of 256 KiB.
  const std::string fields = "Status: 201\nX: " + std::string(5000, 'x') + "\n\n";
  const std::string body(600'000, 'b');
  HeldOutput large(blocks);
  hold(fields + body, large);
  const HeldCgi second(large);
  CHECK(second.has_head());
  CHECK(body_of(second) == body);

  for (const std::string& text :
       {std::string(), std::string("hello"), "Status: 200\nX: " + std::string(70'000, 'x') + "\n\nhello"}) {
    HeldOutput output(blocks);
    hold(text, output);
    const HeldCgi none(output);
    CHECK_FALSE(none.has_head());
    CHECK_FALSE(none.why_none().empty());
    CHECK(body_of(none) == text);
  }
}
