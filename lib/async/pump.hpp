/// pump: from a source to a sink until the source ends or one of the two fails.
#pragma once

#include "async/stream.hpp"

namespace fwatchdog {

/// Bytes go through memory: for all kinds of sources and sinks. Stream::splice_to() is for those that the kernel can join.
Task<PumpEnd> pump(Source& from, Sink& to);

/// One piece of that, added to `end`. False: there is no more, or one of the two failed.
Task<bool> pump_piece(Source& from, Sink& to, PumpEnd& end);

}  // namespace fwatchdog
