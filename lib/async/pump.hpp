/// pump: from a source to a sink until the source ends or one of the two fails.
#pragma once

#include "async/stream.hpp"

namespace fwatchdog {

/// Bytes go through memory: for all kinds of sources and sinks. Stream::splice_to() is for those that the kernel can join.
Task<PumpEnd> pump(Source& from, Sink& to);

}  // namespace fwatchdog
