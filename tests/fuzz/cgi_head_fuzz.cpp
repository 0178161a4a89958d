// The header block in front of a function's output.
#include "modes/cgi_head.hpp"
#include "property.hpp"

namespace fwatchdog::fuzz {

namespace {

using State = CgiHeadParser::State;

bool is_one_line(std::string_view text) {
  constexpr std::string_view kEnds("\r\n\0", 3);
  return text.find_first_of(kEnds) == std::string_view::npos;
}

void check_head(const CgiHead& head, std::string_view output) {
  must(head.status >= 200 && head.status <= 599, "a status is that of a final answer", output);
  must(is_one_line(head.reason) && is_one_line(head.location), "reason and location end no line", output);
  for (const auto& [name, value] : head.fields)
    must(!name.empty() && is_one_line(name) && is_one_line(value), "a field is one line", output);
}

}  // namespace

}  // namespace fwatchdog::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fwatchdog;
  using namespace fwatchdog::fuzz;
  const std::string_view output = text_of(data, size);
  CgiHeadParser whole;
  const State state = whole.parse(output);
  CgiHeadParser cut;
  State step = cut.parse(output.substr(0, place_in(output)));
  if (step == State::incomplete) step = cut.parse(output);
  must(step == state, "a block in two pieces is the same block", output);
  if (state == State::complete) {
    must(whole.size() <= CgiHeadParser::kMost && whole.size() == cut.size(), "the block's size is bounded, and the same", output);
    must(whole.head().fields == cut.head().fields && whole.head().status == cut.head().status, "so are its fields", output);
    check_head(whole.head(), output);
  } else if (state == State::incomplete) {
    must(whole.end() == State::none, "without its end there is no block", output);
  }
  must(state == State::complete || !whole.why_none().empty(), "it is said why there is none", output);
  return 0;
}
