/// What a burst of work leaves behind, given back.
#pragma once

namespace fwatchdog {

/// Frees the frames that this thread keeps for its next coroutines (frame_pool.hpp), each of which may hold a page of the
/// system's, and then what the C library keeps free. Takes a millisecond for some ten megabytes.
void give_back_spare_memory();

}  // namespace fwatchdog
