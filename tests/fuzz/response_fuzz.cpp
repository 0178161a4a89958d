// Responses of a function that is a server: heads, framing, chunked bodies, interim answers.
#include <algorithm>
#include <string>

#include "http/hop_by_hop.hpp"
#include "messages.hpp"
#include "other_parser.hpp"
#include "property.hpp"

namespace fwatchdog::fuzz {

namespace {

constexpr auto kResponse = HeadParser::Kind::response;

/// Once a response that is not interim is whole, the exchange is over.
bool is_final(const Message& message) {
  const Head head(kResponse, message.head);
  return head.parser.status() >= 200 || head.parser.status() == 101;
}

/// What is left of a head may be written again, and is the same head then.
void check_head(const Message& message) {
  const Head head(kResponse, message.head);
  must(head.parser.status() >= 100 && head.parser.status() <= 999, "a status has three digits", message.head);
  std::string text = "HTTP/1.1 " + std::to_string(head.parser.status()) + " ";
  text.append(head.parser.reason(head.bytes)).append("\r\n");
  const HopByHop hop_by_hop(head.headers.all());
  std::size_t kept = 0;
  for (const Field& field : head.headers) {
    if (hop_by_hop.drops(field.name)) continue;
    text.append(field.name).append(": ").append(field.value).append("\r\n");
    ++kept;
  }
  text.append("\r\n");
  HeadParser parser(kResponse);
  must(parser.parse(text) == HeadParser::State::complete && parser.head_size() == text.size(), "a head passed on is a head",
       text);
  Headers headers;
  parser.fields(text, headers);
  must(headers.size() == kept && headers.count("Transfer-Encoding") == 0, "its fields are the same", text);
  must(parser.reason(text) == head.parser.reason(head.bytes), "its reason is the same", text);
}

void check_against_other(const Reading& ours, std::string_view bytes, std::string_view method) {
  const std::vector<std::string> others = OtherParser(kResponse, method == "HEAD").bodies(bytes);
  for (std::size_t i = 0; i < std::min(others.size(), ours.messages.size()); ++i) {
    const Message& message = ours.messages[i];
    if (message.whole) must(others[i] == message.body, "another parser sees the same body", bytes);
    if (is_final(message)) break;
  }
}

}  // namespace

}  // namespace fwatchdog::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fwatchdog::fuzz;
  const std::string_view bytes = text_of(data, size);
  for (const std::string_view method : {"GET", "HEAD"}) {
    const Reading reading = read_whole(kResponse, bytes, method);
    must(read_bytewise(kResponse, bytes, method) == reading, "responses are the same byte by byte");
    must(read_cut(kResponse, bytes, place_in(bytes), method) == reading, "responses are the same in two pieces");
    for (const Message& message : reading.messages) check_head(message);
    check_against_other(reading, bytes, method);
  }
  return 0;
}
