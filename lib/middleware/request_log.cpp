#include "middleware/request_log.hpp"

#include <chrono>

#include "middleware/metrics.hpp"

namespace fwatchdog {

Task<void> RequestLog::handle(Request& request, ResponseWriter& response) {
  co_await next_.handle(request, response);
  // Probes of the kubelet come every few seconds and say nothing.
  const std::string_view agent = request.headers->get("User-Agent").value_or("");
  if (agent.rfind("kube-probe", 0) == 0) co_return;

  RequestLine line;
  line.method = request.method;
  line.target = options_.query ? request.raw_target : request.raw_target.substr(0, request.raw_target.find('?'));
  line.status = reported_status(request, response);
  line.reason = options_.reason ? response.reason() : std::string_view();
  const auto declared = response.declared_length();
  const bool unknown = options_.declared_length && response.begun() && !declared;
  const std::uint64_t bytes = options_.declared_length && declared ? *declared : response.body_bytes();
  line.bytes = unknown ? -1 : static_cast<std::int64_t>(bytes);
  line.duration = std::chrono::steady_clock::now() - request.begun;
  if (options_.call_id) line.call_id = request.headers->get("X-Call-Id").value_or("");
  logger_.request(line);
}

}  // namespace fwatchdog
