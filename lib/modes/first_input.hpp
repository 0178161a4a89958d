/// FirstInput: what of a request's body is there before its process starts.
#pragma once

#include <string>

#include "http/message.hpp"

namespace fwatchdog {

struct FirstInput {
  std::string bytes;
  bool whole = false;  ///< nothing comes after them
};

/// A small body mostly comes with its head. In the pipe before the start it costs the process no wait, and us no turn. Never
/// waits.
Task<void> read_what_is_here(Request& request, FirstInput& input);

}  // namespace fwatchdog
