#include "modes/cgi_head.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "http/hop_by_hop.hpp"
#include "http/status.hpp"
#include "http/target.hpp"

namespace fwatchdog {

namespace {

constexpr std::size_t kLongestName = 256;
constexpr std::size_t kShown = 40;  // bytes of an output that a log line quotes

/// A value, or a reason phrase, that can stand in a field line.
bool is_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

bool is_name(std::string_view text) { return text.size() <= kLongestName && is_token(text); }

/// No blanks, as in any reference to a resource.
bool is_reference(std::string_view text) { return is_text(text) && text.find_first_of(" \t") == std::string_view::npos; }

std::string quoted(std::string_view text) {
  return fmt::format("\"{}\"{}", text.substr(0, kShown), text.size() > kShown ? "..." : "");
}

bool has_prefix_ignoring_case(std::string_view text, std::string_view prefix) {
  return equal_ignoring_case(text.substr(0, prefix.size()), prefix);
}

/// `404 Not Found`: three digits, and a phrase where one is given.
bool parse_status(std::string_view text, CgiHead& head) {
  if (text.size() < 3 || (text.size() > 3 && text[3] != ' ')) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + 3, head.status);
  if (error != std::errc() || end != text.data() + 3 || head.status < 200 || head.status > 599) return false;
  head.reason = trim_ows(text.substr(3));
  head.has_status = true;
  return true;
}

bool parse_length(std::string_view text, CgiHead& head) {
  std::uint64_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return false;
  head.length = length;
  return true;
}

}  // namespace

CgiHeadParser::State CgiHeadParser::refuse(std::string why) {
  why_none_ = std::move(why);
  return State::none;
}

CgiHeadParser::State CgiHeadParser::parse(std::string_view output) {
  for (;;) {
    const std::string_view rest = output.substr(at_);
    const std::size_t line_end = rest.find('\n');
    if ((line_end == std::string_view::npos ? output.size() : at_ + line_end + 1) > kMost)
      return refuse(fmt::format("no end within {} bytes", kMost));
    if (line_end == std::string_view::npos) {
      // What cannot become a field any more need not be held back until its line ends.
      const std::string_view name = rest.substr(0, rest.find(':'));
      const bool may_be_field = rest.empty() || rest == "\r" || is_name(name);
      return may_be_field ? State::incomplete : refuse(fmt::format("{} is no field", quoted(rest)));
    }
    std::string_view text = rest.substr(0, line_end);
    if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
    at_ += line_end + 1;
    if (text.empty()) return complete();
    if (const State state = line(text); state != State::incomplete) return state;
  }
}

CgiHeadParser::State CgiHeadParser::end() {
  return refuse(at_ == 0 ? "there is no field" : "the empty line after it is missing");
}

CgiHeadParser::State CgiHeadParser::line(std::string_view line) {
  ++lines_;
  const std::size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  if (colon == std::string_view::npos || !is_name(name)) return refuse(fmt::format("{} is no field", quoted(line)));
  const std::string_view value = trim_ows(line.substr(colon + 1));
  if (!is_text(value)) return refuse(fmt::format("the value of {} has a control byte", name));
  if (take_special(name, value)) return why_none_.empty() ? State::incomplete : State::none;
  head_.fields.emplace_back(name, value);
  return State::incomplete;
}

/// True for the fields that mean something to us; why_none_ is set where one is not as it must be.
bool CgiHeadParser::take_special(std::string_view name, std::string_view value) {
  bool again = false;
  bool valid = true;
  if (equal_ignoring_case(name, "Status")) {
    again = head_.has_status;
    valid = parse_status(value, head_);
  } else if (equal_ignoring_case(name, "Content-Length")) {
    again = head_.length.has_value();
    valid = parse_length(value, head_);
  } else if (equal_ignoring_case(name, "Content-Type")) {
    again = std::exchange(head_.has_type, true);
    valid = !value.empty();
    head_.fields.emplace_back(name, value);
  } else if (equal_ignoring_case(name, "Location")) {
    again = !head_.location.empty();
    valid = !value.empty() && is_reference(value);
    head_.location = value;
    head_.fields.emplace_back(name, value);
  } else {
    return false;
  }
  if (again) {
    why_none_ = fmt::format("{} is there twice", name);
  } else if (!valid) {
    why_none_ = fmt::format("{}: {} is invalid", name, quoted(value));
  }
  return true;
}

CgiHeadParser::State CgiHeadParser::complete() {
  if (!head_.has_status && !head_.has_type && head_.location.empty())
    return refuse(lines_ == 0 ? "it begins with an empty line" : "Status, Content-Type and Location are missing");
  const std::string& to = head_.location;
  head_.is_local_redirect = lines_ == 1 && to.starts_with('/') && !to.starts_with("//") && to.find('#') == std::string::npos;
  if (!head_.has_status && !to.empty()) head_.status = 302;
  drop_our_fields();
  return State::complete;
}

/// How the answer goes over the wire, and how long it took, is ours to say (RFC 3875 6.3.4); X-CGI- fields are for us alone
/// (6.3.5).
void CgiHeadParser::drop_our_fields() {
  std::vector<Field> views;
  for (const auto& [name, value] : head_.fields) views.push_back(Field{name, value});
  const HopByHop ends_here(views);
  std::vector<std::pair<std::string, std::string>> kept;
  for (const auto& field : head_.fields) {  // copied: views of them are asked
    const std::string_view name = field.first;
    const bool ours = equal_ignoring_case(name, "Trailer") || equal_ignoring_case(name, "X-Duration-Seconds");
    if (!ours && !ends_here.drops(name) && !has_prefix_ignoring_case(name, "X-CGI-")) kept.push_back(field);
  }
  head_.fields = std::move(kept);
}

void put_cgi_head(const CgiHead& head, std::string_view default_type, ResponseWriter& response) {
  response.set_status(head.status, head.reason);
  for (const auto& [name, value] : head.fields) response.add_field(name, value);
  const bool needs_type = !head.has_type && head.location.empty() && allows_body(head.status);
  if (needs_type && !default_type.empty()) response.add_field("Content-Type", default_type);
}

bool answer_has_body(std::string_view method, int status) { return method != "HEAD" && allows_body(status); }

}  // namespace fwatchdog
