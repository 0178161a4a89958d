// Durations in Go's notation, and the values of settings that are durations.
#include <algorithm>
#include <string>

#include "config/duration.hpp"
#include "property.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fwatchdog;
  using namespace fwatchdog::fuzz;
  const std::string_view text = text_of(data, size);
  const auto go = parse_go_duration(text);
  if (go) {
    const std::string printed = format_go_duration(*go);
    must(parse_go_duration(printed) == go, "what is printed is read as the same", printed);
    must(parse_go_duration("+" + printed) == (*go < Duration::zero() ? std::nullopt : go), "one sign is enough", printed);
    must(*go < Duration::zero() || parse_go_duration("-" + printed) == -*go, "a sign turns it around", printed);
  }
  const auto setting = parse_duration_setting(text);
  must(!setting || *setting >= Duration::zero(), "no setting is negative", text);
  const bool digits = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (digits) {
    must(setting == parse_go_duration(std::string(text) + "s"), "digits alone are seconds", text);
  } else if (go && *go >= Duration::zero()) {
    must(setting == go, "everything else is Go's notation", text);
  } else {
    must(!setting || text.front() == '+' || text.front() == '-', "what Go does not read is no setting", text);
  }
  return 0;
}
