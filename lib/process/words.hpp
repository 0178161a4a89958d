/// Splitting a command line into words (CONTRACT: `fprocess` is split as a POSIX shell splits words, and without quotes as in
/// Go).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "result.hpp"

namespace fwatchdog {

/// The words of `command`. Where it has no quote and no backslash, they are what stands between single blanks, as commands that
/// were written for the Go programs expect: two blanks have an empty word between them, and tabs are characters. Else they are
/// separated by any number of blanks, tabs and newlines, unless they are quoted (POSIX Shell Command Language 2.2): between
/// single quotes everything is literal; between double quotes a backslash counts before `$`, `` ` ``, `"`,
/// `\` and a newline; elsewhere it makes the next character literal; before a newline it joins the lines. `""` is an empty word.
/// Nothing is expanded: `$`, `*`, `~`, `|`, `#` are characters as any other. No words make an empty list. Errc::invalid for a
/// quote that is not closed and for a backslash at the end.
Result<std::vector<std::string>> split_words(std::string_view command);

}  // namespace fwatchdog
