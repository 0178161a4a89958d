/// Bodies and outputs that are held until they are whole may be larger than the memory that a limit leaves: then their call
/// fails, not the program.
#pragma once

#include <string>
#include <string_view>

#include "result.hpp"

namespace fwatchdog {

/// Appends `piece` of a request's body to `body`, or says that there is no memory for it.
Result<void> append_to_body(std::string& body, std::string_view piece);

/// The error of what cannot be held.
Error no_memory_for(std::string_view what);

}  // namespace fwatchdog
