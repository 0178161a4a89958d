// The block of fields that a function writes in front of its output, as CGI has it.
#include <string>

#include "http/head_parser.hpp"
#include "modes/cgi_head.hpp"
#include "property.hpp"

namespace fwatchdog::fuzz {

namespace {

/// What a parser makes of an output whose end it sees.
struct Found {
  CgiHeadParser parser;
  CgiHeadParser::State state = CgiHeadParser::State::incomplete;

  void see(std::string_view output) {
    if (state == CgiHeadParser::State::incomplete) state = parser.parse(output);
  }
  void end() {
    if (state == CgiHeadParser::State::incomplete) state = parser.end();
  }
};

void must_be_same(const Found& a, const Found& b, std::string_view output) {
  must(a.state == b.state, "a block is found however it comes", output);
  must((a.state == CgiHeadParser::State::none) == !a.parser.why_none().empty(), "what is no block has a reason", output);
  if (a.state != CgiHeadParser::State::complete) return;
  must(a.parser.size() <= CgiHeadParser::kMost, "a block is bounded", output);
  const CgiHead& one = a.parser.head();
  const CgiHead& other = b.parser.head();
  must(a.parser.size() == b.parser.size() && one.status == other.status && one.reason == other.reason &&
           one.fields == other.fields && one.length == other.length && one.location == other.location &&
           one.is_local_redirect == other.is_local_redirect,
       "a block says the same however it comes", output);
}

/// On its way to the caller it is one head, which leaves the framing to the watchdog.
void check_head(const CgiHead& head, std::string_view output) {
  must(head.status >= 200 && head.status <= 599, "a status is that of a final answer", output);
  std::string text = "HTTP/1.1 " + std::to_string(head.status) + " " + head.reason + "\r\n";
  for (const auto& [name, value] : head.fields) text.append(name).append(": ").append(value).append("\r\n");
  text.append("\r\n");
  HeadParser parser(HeadParser::Kind::response);
  must(parser.parse(text) == HeadParser::State::complete && parser.head_size() == text.size(), "a block makes one head", output);
  Headers headers;
  parser.fields(text, headers);
  must(headers.size() == head.fields.size() && parser.reason(text) == head.reason, "a block makes the same fields", output);
  for (const std::string_view name : {"Content-Length", "Transfer-Encoding", "Connection", "Trailer", "Status"})
    must(headers.count(name) == 0, "a function does not frame its answer", output);
  must(headers.count("Content-Type") <= 1 && headers.count("Location") <= 1, "there is one type and one place", output);
  must(!head.is_local_redirect || head.location.front() == '/', "a local redirect is a path", output);
}

}  // namespace

}  // namespace fwatchdog::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fwatchdog::fuzz;
  const std::string_view output = text_of(data, size);
  Found whole;
  whole.see(output);
  whole.end();
  Found bytewise;
  for (std::size_t i = 0; i <= size; ++i) bytewise.see(output.substr(0, i));
  bytewise.end();
  must_be_same(whole, bytewise, output);
  Found cut;
  cut.see(output.substr(0, place_in(output)));
  cut.see(output);
  cut.end();
  must_be_same(whole, cut, output);
  if (whole.state == fwatchdog::CgiHeadParser::State::complete) check_head(whole.parser.head(), output);
  return 0;
}
