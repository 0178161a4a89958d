#include "http/authority.hpp"

#include <charconv>

#include "http/target.hpp"

namespace fwatchdog {

Result<Endpoint> parse_authority(std::string_view authority, std::uint16_t default_port) {
  if (authority.empty() || authority.front() == ':' || !valid_host(authority))
    return Error(Errc::invalid, "there is no valid host in it");
  std::string_view host = authority;
  std::string_view port;
  const std::size_t colon = authority.rfind(':');
  if (colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos) {
    host = authority.substr(0, colon);
    port = authority.substr(colon + 1);
  }
  if (host.front() == '[') host = host.substr(1, host.size() - 2);
  Endpoint endpoint;
  endpoint.host = host;
  endpoint.port = default_port;
  if (!port.empty()) {
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
    if (error != std::errc() || end != port.data() + port.size() || endpoint.port == 0)
      return Error(Errc::invalid, "its port is no port number");
  }
  return endpoint;
}

}  // namespace fwatchdog
