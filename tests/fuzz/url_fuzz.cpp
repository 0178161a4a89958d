// URLs: of the function's own server, of an identity provider and where it redirects to; and the authorities in them.
#include <string>

#include "http/authority.hpp"
#include "http/target.hpp"
#include "http/upstream_url.hpp"
#include "http/web_url.hpp"
#include "property.hpp"

namespace fwatchdog::fuzz {

namespace {

constexpr std::uint16_t kPort = 3000;

bool same(const Endpoint& a, const Endpoint& b) { return a.host == b.host && a.port == b.port && a.unix_path == b.unix_path; }

void check_authority(std::string_view text) {
  const auto endpoint = parse_authority(text, kPort);
  if (!endpoint.ok()) {
    must(!endpoint.error().what.empty(), "the error says what is wrong", text);
    return;
  }
  must(valid_host(text), "an authority is a valid Host", text);
  must(!endpoint->host.empty() && endpoint->port != 0 && endpoint->unix_path.empty(), "an endpoint is a place", text);
  const auto again = parse_authority(endpoint->text(), kPort);
  must(again.ok() && same(*again, *endpoint), "an endpoint can be written and read again", endpoint->text());
}

void check_upstream(std::string_view text) {
  const auto url = parse_upstream_url(text);
  if (!url.ok()) {
    must(url.error().what.find(text) != std::string::npos, "the error shows the URL", text);
    return;
  }
  const bool is_unix = !url->endpoint.unix_path.empty();
  must(valid_host(url->authority) && !url->authority.empty(), "an upstream has a Host", text);
  must(url->prefix.empty() || (url->prefix.front() == '/' && url->prefix.back() != '/'), "a prefix ends before the slash", text);
  must(parse_target("GET", url->prefix + "/").ok(), "a prefix can stand before a target", text);
  const std::string written = is_unix ? "unix://" + url->endpoint.unix_path : "http://" + url->authority + url->prefix + "/";
  const auto again = parse_upstream_url(written);
  must(again.ok() && same(again->endpoint, url->endpoint) && again->prefix == url->prefix, "it can be written and read again",
       text);
}

void check_web(std::string_view text) {
  const auto url = parse_web_url(text);
  if (url.ok()) {
    must(valid_host(url->authority) && parse_target("GET", url->target).ok(), "a URL makes a request", text);
    const auto again = parse_web_url(url->text());
    must(again.ok() && again->text() == url->text() && same(again->endpoint, url->endpoint), "a URL is written as it is read",
         text);
  }
  static const WebUrl base = parse_web_url("https://id.example.org/keys").value();
  const auto next = follow_redirect(base, text);
  if (!next.ok()) return;
  must(next->tls, "no redirect leaves https", text);
  must(same(next->endpoint, base.endpoint) || url.ok(), "only a whole URL leads to another place", text);
}

}  // namespace

}  // namespace fwatchdog::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fwatchdog::fuzz;
  const std::string_view text = text_of(data, size);
  check_authority(text);
  check_upstream(text);
  check_web(text);
  return 0;
}
