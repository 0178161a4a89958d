/// What is said to a caller whose request was refused before any handler saw it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/head_parser.hpp"

namespace fwatchdog {

/// What is wrong with the Host fields of a request (RFC 9112 3.2), if anything is.
std::optional<Refusal> refusal_of_host(const Headers& headers, int minor_version);

/// The one expectation that is known (RFC 9110 10.1.1).
inline constexpr std::string_view kContinueExpectation = "100-continue";

/// 417 where an Expect field of a request says anything else; an empty one says nothing.
std::optional<Refusal> refusal_of_expectation(const Headers& headers);

/// The whole answer, after which the connection ends. `date`: the value of its Date field.
std::string refusal_answer(const Refusal& why, std::string_view date);

}  // namespace fwatchdog
