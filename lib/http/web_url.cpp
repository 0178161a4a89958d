#include "http/web_url.hpp"

#include "http/authority.hpp"
#include "http/headers.hpp"
#include "http/target.hpp"

namespace fwatchdog {

namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

Error bad(std::string_view url, std::string_view why) {
  return Error(Errc::invalid, "the URL \"" + std::string(url) + "\": " + std::string(why));
}

bool has_scheme(std::string_view url, std::string_view scheme) {
  return equal_ignoring_case(url.substr(0, scheme.size()), scheme);
}

}  // namespace

Result<WebUrl> parse_web_url(std::string_view url) {
  WebUrl made;
  made.tls = has_scheme(url, "https://");
  if (!made.tls && !has_scheme(url, "http://")) return bad(url, "it must begin with http:// or https://");
  const Result<Target> parsed = parse_target("GET", url.substr(0, url.find('#')));
  if (!parsed.ok()) return bad(url, parsed.error().what);
  Result<Endpoint> endpoint = parse_authority(parsed->authority, made.tls ? kHttpsPort : kHttpPort);
  if (!endpoint.ok()) return bad(url, endpoint.error().what);
  made.endpoint = std::move(*endpoint);
  made.authority = parsed->authority;
  made.target = parsed->path;
  if (parsed->has_query) made.target.append("?").append(parsed->query);
  return made;
}

Result<WebUrl> follow_redirect(const WebUrl& base, std::string_view location) {
  const bool is_path = !location.empty() && location.front() == '/' && location.substr(0, 2) != "//";
  const std::string origin = (base.tls ? "https://" : "http://") + base.authority;
  Result<WebUrl> next = parse_web_url(is_path ? origin + std::string(location) : std::string(location));
  if (next.ok() && base.tls && !next->tls) return bad(location, "a redirect must not lead from https to http");
  return next;
}

}  // namespace fwatchdog
