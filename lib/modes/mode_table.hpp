/// The modes of of-watchdog: the one list of them.
#pragma once

#include "modes/mode_parts.hpp"

namespace fwatchdog {

/// The row of a mode; there is one for each.
ModeRow row_of(Mode mode);

}  // namespace fwatchdog
