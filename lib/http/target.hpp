/// Request targets, hosts and field names: what RFC 9112 3.2 and RFC 9110 7.2 allow, and what Go's server takes.
/// Pure functions on text. Nothing here re-encodes: a proxy sends the raw target on.
#pragma once

#include <string>
#include <string_view>

#include "result.hpp"

namespace fwatchdog {

/// The parts of a request target. All views point into the text that was parsed (or are literals) and die with it.
struct Target {
  /// The four forms of RFC 9112 3.2.
  enum class Form { origin, absolute, authority, asterisk };

  Form form = Form::origin;
  std::string_view
      path;  ///< still percent-encoded; `/` when an absolute form has none, `*` for the asterisk form, empty for CONNECT
  std::string_view query;      ///< raw, without the `?`
  bool has_query = false;      ///< tells `/a?` from `/a`
  std::string_view authority;  ///< `host[:port]` of the absolute form and of CONNECT, which then stands for Host; else empty
};

/// Splits the target `raw` of a request with `method`. Errc::invalid for an empty target, a blank or a control character
/// anywhere, a bad percent escape in the path (one in the query is left alone, as in Go), `*` with a method other than OPTIONS, a
/// CONNECT without a port, and an absolute form whose authority is empty or no valid host (user information included, RFC
/// 9110 4.2.4).
/// `#` and bytes above 127 are taken as part of the path or query, as Go takes them.
Result<Target> parse_target(std::string_view method, std::string_view raw);

/// Decodes the percent escapes of a path that parse_target() accepted; anything that is no escape stays as it is.
/// The result may contain NUL (see encodes_nul()) and any other byte.
std::string percent_decode(std::string_view path);

/// True when percent_decode() of this accepted path would contain a NUL, which neither an environment variable nor a file name
/// can hold.
bool encodes_nul(std::string_view path);

/// True for the value of a Host field, without blanks around it: empty, or a name, IPv4 or bracketed IPv6 address with an
/// optional port (RFC 9110 7.2). Stricter than Go where two parsers could see two hosts: brackets hold an IPv6 address and
/// nothing else, escapes are complete and hide no delimiter, a port is at most 65535.
bool valid_host(std::string_view host);

/// True when `text` is a token (RFC 9110 5.6.2): what methods and field names must be.
bool is_token(std::string_view text);

/// A field name in the form that Go gives it: `eTAG-x` becomes `Etag-X`. A name that is no token is returned unchanged.
std::string canonical_name(std::string_view name);

}  // namespace fwatchdog
