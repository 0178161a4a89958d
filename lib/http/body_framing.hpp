/// How the end of a body is found: RFC 9112 6.3, with everything refused that two parsers could read differently.
#pragma once

#include <variant>

#include "http/head_parser.hpp"
#include "http/headers.hpp"
#include "http/message.hpp"

namespace fwatchdog {

/// Of a request. A refusal carries the status for its sender.
std::variant<BodyFraming, Refusal> request_framing(const Headers& headers, int minor_version);

/// Of a response to `method`. A refusal means that the response must not be passed on.
std::variant<BodyFraming, Refusal> response_framing(const Headers& headers, int minor_version, int status,
                                                    std::string_view method);

}  // namespace fwatchdog
