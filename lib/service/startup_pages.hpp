/// What only the start of the program needed is not kept.
#pragma once

namespace fwatchdog {

/// Takes the program's code and constants out of this process' memory. What is needed again comes back from the system's cache,
/// page by page, at its next use; most of what reads the settings, and of the C++ library's locales, does not.
void release_startup_pages();

}  // namespace fwatchdog
