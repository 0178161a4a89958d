/// Which file a program's name means, by the rules of Go's os/exec, whose error texts are part of the contract.
#pragma once

#include <string>
#include <string_view>

#include "result.hpp"

namespace fwatchdog {

/// `name` itself where it has a slash; else the first executable file of that name in the folders of `path` (the variable PATH).
/// The error's text() is `exec: "nope": executable file not found in $PATH`.
Result<std::string> find_program(std::string_view name, std::string_view path);

/// As find_program(), and tells at once what starting it would: `fork/exec /x: permission denied`. For the check at start.
Result<std::string> check_program(std::string_view name, std::string_view path);

}  // namespace fwatchdog
