/// Conditional requests (RFC 9110 13) for a content that exists.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string_view>

#include "http/headers.hpp"

namespace fwatchdog {

/// What the current content is compared by.
struct Validators {
  std::string_view etag;  ///< as it is sent, with its quotes and `W/`; empty when there is none
  std::optional<std::chrono::sys_seconds> modified;
};

/// What a request with conditions is answered with: as without them, 304, or 412.
enum class Precondition { proceed, not_modified, precondition_failed };

/// Evaluates If-Match, else If-Unmodified-Since; then If-None-Match, else If-Modified-Since (RFC 9110 13.2.2). Dates that are no
/// dates, or are given twice, are ignored, and so is If-Modified-Since with a method other than GET and HEAD. Empty fields count
/// as absent, as in Go.
Precondition evaluate_preconditions(std::string_view method, std::span<const Field> fields, const Validators& current);

/// True when a Range field counts: there is no If-Range, or it is the current strong entity tag or exactly the current date (RFC
/// 9110 13.1.5).
bool range_applies(std::span<const Field> fields, const Validators& current);

}  // namespace fwatchdog
