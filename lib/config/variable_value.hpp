/// From the text of one variable to the member of Settings. What becomes of a text that breaks its rule is left to settings.
#pragma once

#include <optional>
#include <string_view>

#include "config/environment.hpp"
#include "config/settings.hpp"
#include "config/variable_table.hpp"
#include "result.hpp"

namespace fwatchdog {

/// What the environment has for a variable; views into the environment.
struct GivenValue {
  std::string_view name;  ///< which of the variable's names it is
  std::string_view value;
};

/// The value that counts where a variable has two names: the first one that is set to something, and of booleans any that is
/// true.
std::optional<GivenValue> given_value(Program program, const Variable& variable, const Environment& environment);

/// Reads `text` by the variable's type and stores it, or leaves `settings` as they are. The error's text ends a sentence that
/// begins with the variable and its value: `is not a duration`.
Result<void> store_value(Program program, const Variable& variable, std::string_view text, Settings& settings);

/// Whether a text is true by the rule of the program for booleans (VariableType::boolean).
bool is_true(Program program, std::string_view text);

}  // namespace fwatchdog
