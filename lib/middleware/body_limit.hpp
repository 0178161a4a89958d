/// BodyLimit: refuses bodies that are announced as larger than max_body_bytes before a byte of them is read. What comes chunked
/// is counted by the connection as it is read.
#pragma once

#include <cstdint>

#include "http/handler.hpp"

namespace fwatchdog {

class BodyLimit final : public Handler {
 public:
  /// `max_bytes` 0: no limit.
  BodyLimit(std::uint64_t max_bytes, Handler& next) : max_bytes_(max_bytes), next_(next) {}
  Task<void> handle(Request& request, ResponseWriter& response) override;

 private:
  std::uint64_t max_bytes_;
  Handler& next_;
};

}  // namespace fwatchdog
