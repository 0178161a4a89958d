#include "middleware/request_log.hpp"

#include <algorithm>
#include <chrono>

#include "middleware/metrics.hpp"

namespace fwatchdog {

namespace {

bool is_lower_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// The trace's id in a `traceparent`: version, id, the parent's id, flags (W3C Trace Context 3.2.2). Later versions may have more
/// behind a further dash. Empty where it is malformed, as by the standard nothing of such a field may be used.
std::string_view trace_id_in(std::string_view field) {
  constexpr std::size_t kIdBegin = 3;
  constexpr std::size_t kIdSize = 32;
  constexpr std::size_t kParentBegin = 36;
  constexpr std::size_t kFlagsBegin = 53;
  constexpr std::size_t kSize = 55;
  if (field.size() < kSize) return {};
  const std::string_view version = field.substr(0, 2);
  const std::string_view id = field.substr(kIdBegin, kIdSize);
  const std::string_view parent = field.substr(kParentBegin, kFlagsBegin - 1 - kParentBegin);
  const std::string_view flags = field.substr(kFlagsBegin, 2);
  if (field[2] != '-' || field[kParentBegin - 1] != '-' || field[kFlagsBegin - 1] != '-') return {};
  if (field.size() > kSize && (version == "00" || field[kSize] != '-')) return {};
  if (version == "ff" || !is_lower_hex(version) || !is_lower_hex(id) || !is_lower_hex(parent) || !is_lower_hex(flags)) return {};
  const auto is_zero = [](std::string_view text) { return text.find_first_not_of('0') == std::string_view::npos; };
  return is_zero(id) || is_zero(parent) ? std::string_view() : id;
}

}  // namespace

Task<void> RequestLog::handle(Request& request, ResponseWriter& response) {
  co_await next_.handle(request, response);
  // Probes of the kubelet come every few seconds and say nothing.
  const std::string_view agent = request.headers->get("User-Agent").value_or("");
  if (agent.rfind("kube-probe", 0) == 0) co_return;

  RequestLine line;
  line.method = request.method;
  line.target = options_.query ? request.raw_target : request.raw_target.substr(0, request.raw_target.find('?'));
  line.status = response.failed_with() != 0 ? response.failed_with() : reported_status(request, response);
  line.reason = options_.reason ? response.reason() : std::string_view();
  const auto declared = response.declared_length();
  const bool unknown = options_.declared_length && response.begun() && !declared;
  const std::uint64_t bytes = options_.declared_length && declared ? *declared : response.body_bytes();
  line.bytes = unknown ? -1 : static_cast<std::int64_t>(bytes);
  line.duration = std::chrono::steady_clock::now() - request.begun;
  if (options_.call_id) line.call_id = request.headers->get("X-Call-Id").value_or("");
  if (options_.trace_id) line.trace_id = trace_id_in(request.headers->get("traceparent").value_or(""));
  logger_.request(line);
}

}  // namespace fwatchdog
