#include "service/configuration_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <type_traits>
#include <utility>

#include "config/variable_table.hpp"
#include "config/variable_value.hpp"
#include "log/escape.hpp"

namespace fwatchdog {

namespace {

std::string in_quotes(std::string_view text) {
  std::string shown = "\"";
  append_printable(shown, text);
  return shown + '"';
}

std::string_view level_name(LogLevel level) {
  switch (level) {
    case LogLevel::info: return "info";
    case LogLevel::warning: return "warning";
    case LogLevel::error: return "error";
  }
  return {};
}

std::string shown_value(const Variable& variable, const Settings& settings) {
  return std::visit(
      [&](auto member) -> std::string {
        const auto& value = settings.*member;
        using Value = std::remove_cvref_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, std::string>) {
          return in_quotes(value);
        } else if constexpr (std::is_same_v<Value, Duration>) {
          return format_go_duration(value);
        } else if constexpr (std::is_same_v<Value, Mode>) {
          return std::string(mode_name(value));
        } else if constexpr (std::is_same_v<Value, LogLevel>) {
          return std::string(level_name(value));
        } else if constexpr (std::is_same_v<Value, bool>) {
          if (variable.type == VariableType::log_format) return value ? "json" : "text";
          return value ? "true" : "false";
        } else {
          return fmt::format("{}", value);
        }
      },
      variable.member);
}

std::string origin_of(Program program, const Variable& variable, const Environment& environment) {
  const auto given = given_value(program, variable, environment);
  if (!given) return variable.follows == nullptr ? "default" : fmt::format("default: {}", *variable.default_text(program));
  Settings ignored;
  if (!store_value(program, variable, given->value, ignored).ok())
    return fmt::format("default, not understood: {}={}", given->name, in_quotes(given->value));
  return given->name == variable.names[0] ? "set" : fmt::format("set as {}", given->name);
}

}  // namespace

std::string configuration_report(Program program, const Environment& environment, const Settings& settings) {
  std::size_t names = 0;
  std::size_t values = 0;
  std::vector<std::pair<const Variable*, std::string>> shown;
  for (const Variable& variable : all_variables()) {
    if (!variable.default_text(program)) continue;
    shown.emplace_back(&variable, shown_value(variable, settings));
    names = std::max(names, variable.names[0].size());
    values = std::max(values, std::min(shown.back().second.size(), std::size_t{24}));
  }
  std::string report;
  for (const auto& [variable, value] : shown)
    report +=
        fmt::format("{:<{}}  {:<{}}  {}\n", variable->names[0], names, value, values, origin_of(program, *variable, environment));
  return report;
}

}  // namespace fwatchdog
