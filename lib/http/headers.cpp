#include "http/headers.hpp"

#include <algorithm>
#include <cstring>

namespace fwatchdog {

namespace {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

}  // namespace

bool detail::same_letters(const char* a, const char* b, std::size_t size) {
  if (std::memcmp(a, b, size) == 0) return true;  // most senders write names as we do
  for (std::size_t i = 0; i < size; ++i) {
    if (a[i] != b[i] && lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

std::string_view trim_ows(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool has_token(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    if (equal_ignoring_case(trim_ows(list.substr(0, comma)), token)) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
  return false;
}

void append_field(std::string& to, std::string_view name, std::string_view value) {
  // A good part of every message: room is made once for all four pieces.
  const std::size_t begin = to.size();
  to.resize(begin + name.size() + value.size() + 4);
  char* at = to.data() + begin;
  at = std::copy(name.begin(), name.end(), at);
  *at++ = ':';
  *at++ = ' ';
  at = std::copy(value.begin(), value.end(), at);
  *at++ = '\r';
  *at = '\n';
}

std::optional<std::string_view> Headers::get(std::string_view name) const {
  for (const Field& field : fields_) {
    if (equal_ignoring_case(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::size_t Headers::count(std::string_view name) const {
  std::size_t found = 0;
  for (const Field& field : fields_) found += equal_ignoring_case(field.name, name) ? 1 : 0;
  return found;
}

bool Headers::any_has_token(std::string_view name, std::string_view token) const {
  for (const Field& field : fields_) {
    if (equal_ignoring_case(field.name, name) && has_token(field.value, token)) return true;
  }
  return false;
}

}  // namespace fwatchdog
