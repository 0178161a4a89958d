/// Variables that look as if one of ours was meant: `fproces`, `exec_timout`, `FPROCESS`.
#pragma once

#include <string>
#include <vector>

#include "config/environment.hpp"
#include "config/settings.hpp"

namespace fwatchdog {

/// One warning for each variable of the environment whose name no program of ours knows and which is close to one that this
/// program has: the same but for the case of letters, or, where it is long enough for that to be no chance, one or two letters
/// away. A name is not held against a variable that is set itself.
std::vector<std::string> warnings_of_misspelt_names(Program program, const Environment& environment);

}  // namespace fwatchdog
