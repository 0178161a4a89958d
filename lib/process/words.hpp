/// Splitting a command line into words (CONTRACT: `fprocess` is split as a POSIX shell splits words).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "result.hpp"

namespace fwatchdog {

/// The words of `command`: separated by any number of blanks, tabs and newlines, unless they are quoted (POSIX Shell Command
/// Language 2.2). Between single quotes everything is literal; between double quotes a backslash counts before `$`, `` ` ``, `"`,
/// `\` and a newline; elsewhere it makes the next character literal; before a newline it joins the lines. `""` is an empty word.
/// Nothing is expanded: `$`, `*`, `~`, `|`, `#` are characters as any other. No words make an empty list. Errc::invalid for a
/// quote that is not closed and for a backslash at the end.
Result<std::vector<std::string>> split_words(std::string_view command);

}  // namespace fwatchdog
