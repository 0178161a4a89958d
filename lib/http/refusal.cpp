#include "http/refusal.hpp"

#include <fmt/format.h>

#include "http/status.hpp"
#include "http/target.hpp"

namespace fwatchdog {

std::optional<Refusal> refusal_of_host(const Headers& headers, int minor_version) {
  const std::size_t hosts = headers.count("Host");
  if (hosts == 0 && minor_version > 0) return Refusal{400, "missing required Host header"};
  if (hosts > 1) return Refusal{400, "too many Host headers"};
  if (hosts == 1 && !valid_host(*headers.get("Host"))) return Refusal{400, "malformed Host header"};
  return std::nullopt;
}

std::optional<Refusal> refusal_of_expectation(const Headers& headers) {
  for (const Field& field : headers) {
    const bool counts = equal_ignoring_case(field.name, "Expect") && !field.value.empty();
    if (counts && !equal_ignoring_case(field.value, kContinueExpectation)) return Refusal{417, ""};
  }
  return std::nullopt;
}

std::string refusal_answer(const Refusal& why, std::string_view date) {
  // As Go words them: the detail stands in the reason phrase, and the body repeats the status line.
  const bool is_coding = why.status == 501;
  std::string line = fmt::format("{} {}", why.status, reason_phrase(why.status));
  if (!why.detail.empty() && !is_coding) line += fmt::format(": {}", why.detail);
  const std::string body = is_coding ? why.detail : why.status == 417 ? std::string() : line;
  return fmt::format(
      "HTTP/1.1 {}\r\nDate: {}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}",
      line, date, body.size(), body);
}

}  // namespace fwatchdog
