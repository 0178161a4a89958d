/// pump: from a source to a sink until the source ends or one of the two fails.
#pragma once

#include <cstdint>
#include <optional>

#include "async/stream.hpp"

namespace fwatchdog {

/// How a pump ended. At most one of the two is set; none when the source came to its end.
struct PumpEnd {
  std::uint64_t moved = 0;  ///< bytes that the sink took
  std::optional<Error> source_error;
  std::optional<Error> sink_error;
  bool whole() const { return !source_error && !sink_error; }
};

Task<PumpEnd> pump(Source& from, Sink& to);

}  // namespace fwatchdog
