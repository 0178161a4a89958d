/// The one list of the variables of both programs: name, type, default, meaning, and the member of Settings each one fills.
/// Parsing, `--help` and the README's tables all come from it.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/settings.hpp"

namespace fwatchdog {

/// How the text of a variable is read. A text that breaks the rule becomes the default with a warning, but where `refused` is
/// said.
enum class VariableType {
  text,
  field_value,     ///< the value of a header (RFC 9110 5.5); line breaks become blanks, other control characters are refused
  duration,        ///< parse_duration_setting
  count,           ///< a whole number from 0
  workers,         ///< a whole number from 1 to 256, or `auto`
  boolean,         ///< classic: true is `true`; of-watchdog: `true` or `1`; every other text is false
  go_boolean,      ///< Go's ParseBool: 1 t T true True TRUE, 0 f F false False FALSE
  strict_boolean,  ///< likewise; refused
  port,            ///< 1 to 65535; refused
  optional_port,   ///< 0 to 65535
  line_length,     ///< a number of bytes from 1, or -1 for 1 MiB; refused
  memory_limit,    ///< parse_memory_size, from 1 MiB on, or 0; refused
  time_limit,      ///< parse_duration_setting; refused
  number_limit,    ///< a whole number from 4 on, or 0; refused
  mode,            ///< refused
  log_format,      ///< `text` or `json`
  log_level,       ///< `info`, `warning` or `error`
};

/// The member of Settings that a variable fills.
using SettingsMember = std::variant<std::string Settings::*, Duration Settings::*, std::uint64_t Settings::*, bool Settings::*,
                                    std::uint16_t Settings::*, Mode Settings::*, LogLevel Settings::*>;

/// One variable. All views are of static storage.
struct Variable {
  std::array<std::string_view, 2> names;  ///< the first one that is set counts; the second may be empty
  VariableType type;
  std::optional<std::string_view> classic_default;      ///< nullopt = the classic watchdog has no such variable
  std::optional<std::string_view> of_watchdog_default;  ///< likewise
  SettingsMember member;
  std::string_view meaning;               ///< one line
  bool in_process = true;                 ///< of-watchdog's variable means something to a program that is its own function
  Duration Settings::*follows = nullptr;  ///< if set: the default is what this member holds, and the text of the default names it

  /// The text of the default, or nullopt where the program has no such variable.
  std::optional<std::string_view> default_text(Program program) const {
    if (program == Program::classic) return classic_default;
    return program == Program::of_watchdog || in_process ? of_watchdog_default : std::nullopt;
  }
};

/// Every variable of both programs, in the order in which they are read and shown.
std::span<const Variable> all_variables();

/// The name of a type as the tables show it.
std::string_view type_name(VariableType type);

/// The variables of a program for `--help`: two lines each.
std::string help_of_variables(Program program);

/// The variables of a program as a Markdown table with the columns Variable, Type, Default, Meaning.
std::string markdown_table_of_variables(Program program);

}  // namespace fwatchdog
