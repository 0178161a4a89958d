/// EnvironmentBuilder: collects the variables that describe a request to its process.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace fwatchdog {

class EnvironmentBuilder {
 public:
  /// Entries are appended to `text`, each with its NUL; their names begin with `prefix`. Both must outlive this object.
  EnvironmentBuilder(std::string& text, std::string_view prefix) : text_(text), prefix_(prefix) {}

  /// Of a name that is added twice the first value stays.
  void add(std::string_view name, std::string_view value);
  /// True when an entry `NAME=value` has the name of one that was added.
  bool has(std::string_view entry) const;

  /// Where each entry begins in the text.
  const std::vector<std::size_t>& begins() const { return begins_; }
  /// The name of an entry that is longer than the system allows; empty: all are short enough.
  const std::string& too_large() const { return too_large_; }

 private:
  std::string& text_;
  std::string_view prefix_;
  std::vector<std::size_t> begins_;
  std::unordered_set<std::string> names_;  // a hostile head has 100,000 of them
  std::string too_large_;
};

}  // namespace fwatchdog
