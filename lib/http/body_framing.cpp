#include "http/body_framing.hpp"

#include <charconv>
#include <optional>
#include <string_view>

#include "http/status.hpp"

namespace fwatchdog {

namespace {

using Framing = std::variant<BodyFraming, Refusal>;

/// Digits only, no sign, no overflow.
std::optional<std::uint64_t> parse_length(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  // Lengths are added to and compared with signed sizes: the top bit stays free.
  if (value > (std::uint64_t{1} << 62U)) return std::nullopt;
  return value;
}

/// What all messages share; `none` where the fields say nothing.
Framing framing_of_fields(const Headers& headers, int minor_version) {
  std::optional<std::uint64_t> length;
  std::string_view length_text;
  std::size_t codings = 0;
  std::string_view coding;
  for (const Field& field : headers) {
    if (equal_ignoring_case(field.name, "Content-Length")) {
      const std::optional<std::uint64_t> parsed = parse_length(field.value);
      if (!parsed) return Refusal{400, "invalid Content-Length"};
      // As text, as in Go: who writes 3 and 03 wants two readers to understand two things.
      if (length && length_text != field.value) return Refusal{400, "unequal Content-Length fields"};
      length = parsed;
      length_text = field.value;
    } else if (equal_ignoring_case(field.name, "Transfer-Encoding")) {
      ++codings;
      coding = field.value;
    }
  }
  if (codings == 0) {
    if (!length) return BodyFraming{BodyFraming::Kind::none, 0};
    return BodyFraming{BodyFraming::Kind::length, *length};
  }
  if (length) return Refusal{400, "both Content-Length and Transfer-Encoding"};
  if (minor_version == 0) return Refusal{400, "Transfer-Encoding in HTTP/1.0"};
  if (codings > 1 || !equal_ignoring_case(coding, "chunked")) return Refusal{501, "Unsupported transfer encoding"};
  return BodyFraming{BodyFraming::Kind::chunked, 0};
}

}  // namespace

Framing request_framing(const Headers& headers, int minor_version) { return framing_of_fields(headers, minor_version); }

Framing response_framing(const Headers& headers, int minor_version, int status, std::string_view method) {
  Framing framing = framing_of_fields(headers, minor_version);
  if (std::holds_alternative<Refusal>(framing)) return framing;
  auto& found = std::get<BodyFraming>(framing);
  // These have no body whatever their fields say; the fields of a HEAD answer tell what GET would have got.
  if (!allows_body(status) || method == "HEAD") return BodyFraming{BodyFraming::Kind::none, found.length};
  if (found.kind == BodyFraming::Kind::none) found.kind = BodyFraming::Kind::until_close;
  return framing;
}

}  // namespace fwatchdog
