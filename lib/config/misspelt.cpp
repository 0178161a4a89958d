#include "config/misspelt.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "config/variable_table.hpp"

namespace fwatchdog {

namespace {

/// Names this short are words of their own: `mode` and `node`, `port` and `sort`.
constexpr std::size_t kOneSlip = 7;
constexpr std::size_t kTwoSlips = 12;

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return lower;
}

/// How many letters have to be put in, taken out, changed, or swapped with their neighbour (optimal string alignment).
std::size_t distance(std::string_view from, std::string_view to) {
  const std::size_t width = to.size() + 1;
  std::vector<std::size_t> rows(3 * width);
  const auto at = [&](std::size_t i, std::size_t j) -> std::size_t& { return rows[i % 3 * width + j]; };
  for (std::size_t i = 0; i <= from.size(); ++i) {
    for (std::size_t j = 0; j <= to.size(); ++j) {
      if (i == 0 || j == 0) {
        at(i, j) = i + j;
        continue;
      }
      const std::size_t changed = at(i - 1, j - 1) + (from[i - 1] == to[j - 1] ? 0 : 1);
      at(i, j) = std::min({changed, at(i - 1, j) + 1, at(i, j - 1) + 1});
      const bool swapped = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
      if (swapped) at(i, j) = std::min(at(i, j), at(i - 2, j - 2) + 1);
    }
  }
  return at(from.size(), to.size());
}

bool looks_like(const std::string& lower_name, std::string_view known) {
  const std::string lower_known = lower_case(known);
  if (lower_name == lower_known) return true;
  if (lower_known.size() < kOneSlip) return false;
  const std::size_t slips = lower_known.size() < kTwoSlips ? 1 : 2;
  const std::size_t longer = std::max(lower_name.size(), lower_known.size());
  return longer - std::min(lower_name.size(), lower_known.size()) <= slips && distance(lower_name, lower_known) <= slips;
}

bool is_known(std::string_view name) {
  const auto variables = all_variables();
  return std::any_of(variables.begin(), variables.end(),
                     [name](const Variable& variable) { return variable.names[0] == name || variable.names[1] == name; });
}

/// The name that was meant by `name`, empty if none was.
std::string_view meant_by(std::string_view name, Program program, const Environment& environment) {
  if (name.empty() || is_known(name)) return {};
  const std::string lower_name = lower_case(name);
  for (const Variable& variable : all_variables()) {
    if (!variable.default_text(program)) continue;
    for (const std::string_view known : variable.names) {
      if (!known.empty() && !environment.get(known) && looks_like(lower_name, known)) return known;
    }
  }
  return {};
}

}  // namespace

std::vector<std::string> warnings_of_misspelt_names(Program program, const Environment& environment) {
  std::vector<std::string> warnings;
  for (const std::string_view entry : environment.entries()) {
    const std::string_view name = entry.substr(0, entry.find('='));
    const std::string_view meant = meant_by(name, program, environment);
    if (!meant.empty())
      warnings.push_back(fmt::format("Warning: {} is no variable of this program: did you mean {}?", name, meant));
  }
  return warnings;
}

}  // namespace fwatchdog
