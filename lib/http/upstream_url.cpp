#include "http/upstream_url.hpp"

#include <charconv>
#include <optional>

#include "http/headers.hpp"
#include "http/target.hpp"

namespace fwatchdog {

namespace {

constexpr std::uint16_t kDefaultPort = 80;

Error bad(std::string_view url, std::string_view why) {
  return Error(Errc::invalid, "upstream_url \"" + std::string(url) + "\": " + std::string(why));
}

/// The rest of `text` after `prefix`.
std::optional<std::string_view> after(std::string_view text, std::string_view prefix) {
  if (text.size() < prefix.size() || !equal_ignoring_case(text.substr(0, prefix.size()), prefix)) return std::nullopt;
  return text.substr(prefix.size());
}

Result<UpstreamUrl> unix_url(std::string_view url, std::string_view path) {
  if (path.empty() || path.front() != '/') return bad(url, "the path of a unix socket begins with a slash");
  UpstreamUrl made;
  made.endpoint.unix_path = path;
  made.authority = "localhost";
  return made;
}

}  // namespace

Result<UpstreamUrl> parse_upstream_url(std::string_view url) {
  if (const auto path = after(url, "http+unix://")) return unix_url(url, *path);
  if (const auto path = after(url, "unix://")) return unix_url(url, *path);
  if (const auto path = after(url, "unix:")) return unix_url(url, *path);
  const auto rest = after(url, "http://");
  if (!rest) return bad(url, "it must begin with http:// or unix:");
  const std::size_t slash = rest->find('/');
  const std::string_view authority = rest->substr(0, slash);
  if (authority.empty() || authority.front() == ':' || !valid_host(authority)) return bad(url, "there is no valid host in it");

  UpstreamUrl made;
  made.authority = authority;
  if (slash != std::string_view::npos) made.prefix = rest->substr(slash);
  if (made.prefix.find_first_of("?#") != std::string::npos) return bad(url, "it must not have a query");
  while (!made.prefix.empty() && made.prefix.back() == '/') made.prefix.pop_back();

  std::string_view host = authority;
  std::string_view port;
  const std::size_t colon = authority.rfind(':');
  if (colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos) {
    host = authority.substr(0, colon);
    port = authority.substr(colon + 1);
  }
  if (host.front() == '[') host = host.substr(1, host.size() - 2);
  made.endpoint.host = host;
  made.endpoint.port = kDefaultPort;
  if (!port.empty()) {
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), made.endpoint.port);
    if (error != std::errc() || end != port.data() + port.size() || made.endpoint.port == 0)
      return bad(url, "its port is no port number");
  }
  return made;
}

}  // namespace fwatchdog
