/// The environment of the process, read once at the start and passed on from there. Nothing else calls getenv, so that settings
/// can be tested as values and threads never race with a change.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fwatchdog {

/// A list of variables in the order in which the process was given them. Names compare exactly.
class Environment {
 public:
  Environment() = default;

  /// Copies a null-terminated list of `NAME=value`, as main's third argument. Of a name given twice the first one stays, as in
  /// Go. An entry without `=` is no variable; it is kept for the children all the same.
  explicit Environment(const char* const* envp);

  /// The value of a variable, empty if it was set to nothing, or nullopt if it is not set. The view dies with the next change.
  std::optional<std::string_view> get(std::string_view name) const;

  /// Sets a variable, in its old place if it had one. The name is neither empty nor holds `=`.
  void set(std::string_view name, std::string_view value);

  /// Takes a variable out; does nothing if it is not set.
  void unset(std::string_view name);

  /// Every entry as `NAME=value`, for a child.
  const std::vector<std::string>& entries() const { return entries_; }

 private:
  std::vector<std::string>::const_iterator find(std::string_view name) const;

  std::vector<std::string> entries_;
};

}  // namespace fwatchdog
