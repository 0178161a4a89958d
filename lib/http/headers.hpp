/// The fields of one message, in the order in which they came. Field names compare without case (RFC 9110 5.1).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fwatchdog {

/// One field line. Both views point into the head they were parsed from and die with it.
struct Field {
  std::string_view name;
  std::string_view value;
};

namespace detail {
bool same_letters(const char* a, const char* b, std::size_t size);
}

/// Equal without regard to the case of ASCII letters.
inline bool equal_ignoring_case(std::string_view a, std::string_view b) {
  // Lengths tell most names apart.
  return a.size() == b.size() && detail::same_letters(a.data(), b.data(), a.size());
}

/// True when `list`, a comma-separated field value, has the member `token` (RFC 9110 5.6.1; case is ignored, parameters are not
/// stripped).
bool has_token(std::string_view list, std::string_view token);

/// `text` without blanks and tabs at both ends (OWS, RFC 9110 5.6.3).
std::string_view trim_ows(std::string_view text);

/// Appends a field line, `Name: value` and its end.
void append_field(std::string& to, std::string_view name, std::string_view value);

/// An ordered multi-map of field lines. It owns no text.
class Headers {
 public:
  void add(Field field) { fields_.push_back(field); }
  void clear() { fields_.clear(); }
  std::size_t size() const { return fields_.size(); }
  bool empty() const { return fields_.empty(); }

  /// The first value of that name.
  std::optional<std::string_view> get(std::string_view name) const;
  /// How many lines have that name.
  std::size_t count(std::string_view name) const;
  /// True when any line of that name has `token` in its list.
  bool any_has_token(std::string_view name, std::string_view token) const;

  std::span<const Field> all() const { return fields_; }
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }

 private:
  std::vector<Field> fields_;
};

}  // namespace fwatchdog
