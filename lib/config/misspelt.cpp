#include "config/misspelt.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
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

/// The letters and signs of a text, of which one slip adds and removes one at the most.
std::uint64_t letters_of(std::string_view text) {
  std::uint64_t letters = 0;
  for (const char c : text) letters |= std::uint64_t{1} << (static_cast<unsigned char>(c) % 64);
  return letters;
}

/// A name that can be meant.
struct Candidate {
  std::string_view name;
  std::string lower;
  std::uint64_t letters;
  std::size_t slips;  // of which it is still recognized
};

/// Those of this program's variables that are not set. Found once: a pod may have thousands of variables, some for each service
/// of its namespace.
std::vector<Candidate> candidates_for(Program program, const Environment& environment) {
  std::vector<Candidate> candidates;
  for (const Variable& variable : all_variables()) {
    if (!variable.default_text(program)) continue;
    for (const std::string_view name : variable.names) {
      if (name.empty() || environment.get(name)) continue;
      const std::size_t slips = name.size() < kOneSlip ? 0 : name.size() < kTwoSlips ? 1 : 2;
      std::string lower = lower_case(name);
      const std::uint64_t letters = letters_of(lower);
      candidates.push_back(Candidate{name, std::move(lower), letters, slips});
    }
  }
  return candidates;
}

bool looks_like(const std::string& lower_name, std::uint64_t letters, const Candidate& known) {
  const std::size_t longer = std::max(lower_name.size(), known.lower.size());
  if (longer - std::min(lower_name.size(), known.lower.size()) > known.slips) return false;
  if (static_cast<std::size_t>(std::popcount(letters ^ known.letters)) > 2 * known.slips) return false;
  if (known.slips == 0) return lower_name == known.lower;
  return distance(lower_name, known.lower) <= known.slips;
}

bool is_known(std::string_view name) {
  const auto variables = all_variables();
  return std::any_of(variables.begin(), variables.end(),
                     [name](const Variable& variable) { return variable.names[0] == name || variable.names[1] == name; });
}

/// The name that was meant by `name`, empty if none was.
std::string_view meant_by(std::string_view name, const std::vector<Candidate>& candidates) {
  if (name.empty()) return {};
  const std::string lower_name = lower_case(name);
  const std::uint64_t letters = letters_of(lower_name);
  const auto meant =
      std::ranges::find_if(candidates, [&](const Candidate& candidate) { return looks_like(lower_name, letters, candidate); });
  return meant == candidates.end() || is_known(name) ? std::string_view() : meant->name;
}

}  // namespace

std::vector<std::string> warnings_of_misspelt_names(Program program, const Environment& environment) {
  const std::vector<Candidate> candidates = candidates_for(program, environment);
  std::vector<std::string> warnings;
  for (const std::string_view entry : environment.entries()) {
    const std::string_view name = entry.substr(0, entry.find('='));
    const std::string_view meant = meant_by(name, candidates);
    if (!meant.empty())
      warnings.push_back(fmt::format("Warning: {} is no variable of this program: did you mean {}?", name, meant));
  }
  return warnings;
}

}  // namespace fwatchdog
