#include "modes/proxy_request.hpp"

#include <span>

#include "http/hop_by_hop.hpp"
#include "http/weighted_list.hpp"

namespace fwatchdog {

namespace {

void append_target(std::string& head, const Request& request) {
  if (request.target.form != Target::Form::absolute) {
    head.append(request.raw_target);
    return;
  }
  head.append(request.target.path);
  if (request.target.has_query) head.append("?").append(request.target.query);
}

}  // namespace

bool asks_for_upgrade(const Request& request) {
  return request.minor_version > 0 && request.headers->get("Upgrade") && request.headers->any_has_token("Connection", "upgrade");
}

bool accepts_event_stream(const Request& request) {
  const std::span<const Field> fields = request.headers->all();
  return accepts_by_name(fields, "text/event-stream") || accepts_by_name(fields, "application/x-ndjson");
}

void compose_proxy_request(std::string& head, const Request& request, const UpstreamUrl& upstream, const BodyFraming& framing,
                           bool upgrade) {
  head.clear();
  head.append(request.method).append(" ").append(upstream.prefix);
  append_target(head, request);
  head.append(" HTTP/1.1\r\n");
  const bool own_host = request.target.form == Target::Form::absolute || !request.headers->get("Host");
  if (own_host) append_field(head, "Host", request.host.empty() ? std::string_view(upstream.authority) : request.host);

  const HopByHop hop_by_hop(request.headers->all(), upgrade ? HopByHop::Upgrade::kept : HopByHop::Upgrade::dropped);
  for (const Field& field : *request.headers) {
    if (hop_by_hop.drops(field.name)) continue;
    // The framing is written below; Expect was for us, who answer it when the body is wanted.
    if (equal_ignoring_case(field.name, "Content-Length") || equal_ignoring_case(field.name, "Expect")) continue;
    if (own_host && equal_ignoring_case(field.name, "Host")) continue;
    append_field(head, field.name, field.value);
  }
  if (hop_by_hop.accepts_trailers()) append_field(head, "TE", "trailers");
  if (upgrade) append_field(head, "Connection", "Upgrade");
  if (framing.kind == BodyFraming::Kind::length) append_field(head, "Content-Length", std::to_string(framing.length));
  if (framing.kind == BodyFraming::Kind::chunked) append_field(head, "Transfer-Encoding", "chunked");
  head.append("\r\n");
}

}  // namespace fwatchdog
