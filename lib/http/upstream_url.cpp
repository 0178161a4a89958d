#include "http/upstream_url.hpp"

#include <optional>

#include "http/authority.hpp"
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
  Result<Endpoint> endpoint = parse_authority(authority, kDefaultPort);
  if (!endpoint.ok()) return bad(url, endpoint.error().what);

  UpstreamUrl made;
  made.endpoint = std::move(*endpoint);
  made.authority = authority;
  if (slash != std::string_view::npos) made.prefix = rest->substr(slash);
  if (made.prefix.find_first_of("?#") != std::string::npos) return bad(url, "it must not have a query");
  // The path goes into every request line: a blank in it would make another request of it.
  if (!made.prefix.empty() && !parse_target("GET", made.prefix).ok()) return bad(url, "there is no valid path in it");
  while (!made.prefix.empty() && made.prefix.back() == '/') made.prefix.pop_back();
  return made;
}

}  // namespace fwatchdog
