/// One request without a body, and its whole answer in memory: for what the watchdog itself has to know from a server.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "async/stream.hpp"
#include "result.hpp"

namespace fwatchdog {

struct WholeAnswer {
  int status = 0;
  std::string location;  ///< the field Location; empty where there is none
  std::string body;
};

/// Sends `GET target` to `to` and reads the answer from `from`; both belong to one connection, which is of no use afterwards.
/// Errc::too_large when head and body together have more than `limit` bytes, Errc::invalid for what is no HTTP,
/// Errc::end_of_stream where it is cut off, and what the connection says.
Task<Result<WholeAnswer>> get_whole(Source& from, Sink& to, std::string_view authority, std::string_view target,
                                    std::size_t limit);

}  // namespace fwatchdog
