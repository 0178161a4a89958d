/// The head of a request as it goes to the upstream: nothing added, the fields of the connection removed.
#pragma once

#include <string>
#include <string_view>

#include "http/message.hpp"
#include "http/upstream_url.hpp"

namespace fwatchdog {

/// Replaces `head`. `framing` is how the body will be sent, which need not be how it came.
void compose_proxy_request(std::string& head, const Request& request, const UpstreamUrl& upstream, const BodyFraming& framing,
                           bool upgrade);

/// The request asks to leave HTTP: it has Upgrade, and its Connection names it (RFC 9110 7.8).
bool asks_for_upgrade(const Request& request);

/// The request's Accept names one of the media types that are streams of events.
bool accepts_event_stream(const Request& request);

}  // namespace fwatchdog
