#include "http/target.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace fwatchdog {

namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_alpha(char c) { return is_upper(c) || is_lower(c); }
constexpr unsigned byte(char c) { return static_cast<unsigned char>(c); }

constexpr int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

using CharacterSet = std::array<bool, 256>;

/// Letters, digits and `others`.
constexpr CharacterSet alphanumeric_and(std::string_view others) {
  CharacterSet set{};
  for (unsigned c = 0; c < 128; ++c) set[c] = is_digit(static_cast<char>(c)) || is_alpha(static_cast<char>(c));
  for (const char c : others) set[byte(c)] = true;
  return set;
}

constexpr CharacterSet kTokenCharacters = alphanumeric_and("!#$%&'*+-.^_`|~");
constexpr CharacterSet kNameCharacters = alphanumeric_and("-._~!$&'()*+,;=");  // unreserved and sub-delims, RFC 3986 3.2.2
constexpr CharacterSet kSchemeCharacters = alphanumeric_and("+-.");

Error bad_target(const char* what) { return Error(Errc::invalid, what); }

bool is_escape_at(std::string_view text, std::size_t at) {
  return at + 2 < text.size() && hex_value(text[at + 1]) >= 0 && hex_value(text[at + 2]) >= 0;
}

char escape_at(std::string_view text, std::size_t at) {
  return static_cast<char>(hex_value(text[at + 1]) * 16 + hex_value(text[at + 2]));
}

bool escapes_are_complete(std::string_view path) {
  for (std::size_t at = path.find('%'); at != std::string_view::npos; at = path.find('%', at + 3)) {
    if (!is_escape_at(path, at)) return false;
  }
  return true;
}

struct HostAndPort {
  std::string_view host;  ///< with the brackets of an address
  std::string_view port;
  bool has_port;
};

/// Cuts at the colon before the port; the colons of an IPv6 address stand inside brackets.
HostAndPort split_port(std::string_view authority) {
  std::size_t colon = 0;
  if (!authority.empty() && authority.front() == '[') colon = std::min(authority.find(']'), authority.size());
  colon = authority.find(':', colon);
  if (colon == std::string_view::npos) return {authority, {}, false};
  return {authority.substr(0, colon), authority.substr(colon + 1), true};
}

bool valid_port(std::string_view port) {
  std::uint32_t number = 0;
  for (const char c : port) {
    if (!is_digit(c)) return false;
    number = number * 10 + static_cast<std::uint32_t>(c - '0');
    if (number > 65535) return false;
  }
  return true;
}

bool valid_bracketed_address(std::string_view host) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (host.size() < 4 || host.back() != ']' || host.size() - 2 >= text.size()) return false;
  host.substr(1, host.size() - 2).copy(text.data(), text.size() - 1);
  in6_addr address{};
  return host.find('\0') == std::string_view::npos && inet_pton(AF_INET6, text.data(), &address) == 1;
}

bool valid_name(std::string_view name) {
  for (std::size_t at = 0; at < name.size(); ++at) {
    char c = name[at];
    if (c == '%') {
      if (!is_escape_at(name, at)) return false;
      c = escape_at(name, at);
      at += 2;
      if (byte(c) > 127) continue;
    }
    if (!kNameCharacters[byte(c)]) return false;
  }
  return true;
}

Result<Target> split_path(Target::Form form, std::string_view authority, std::string_view rest) {
  Target target;
  target.form = form;
  target.authority = authority;
  const std::size_t mark = rest.find('?');
  target.path = rest.substr(0, mark);
  if (mark != std::string_view::npos) {
    target.has_query = true;
    target.query = rest.substr(mark + 1);
  }
  if (target.path.empty()) target.path = "/";
  if (!escapes_are_complete(target.path)) return bad_target("invalid percent escape in the request target");
  return target;
}

Result<Target> parse_authority_form(std::string_view raw) {
  const HostAndPort parts = split_port(raw);
  if (parts.host.empty() || parts.port.empty() || !valid_host(raw)) return bad_target("CONNECT needs host:port");
  Target target;
  target.form = Target::Form::authority;
  target.authority = raw;
  return target;
}

Result<Target> parse_absolute_form(std::string_view raw) {
  const std::size_t colon = raw.find(':');
  const std::string_view scheme = raw.substr(0, colon);
  const bool well_formed = colon != std::string_view::npos && !scheme.empty() && is_alpha(scheme.front()) &&
                           std::all_of(scheme.begin(), scheme.end(), [](char c) { return kSchemeCharacters[byte(c)]; });
  if (!well_formed || raw.substr(colon + 1, 2) != "//") return bad_target("the request target is neither a path nor a URI");
  const std::string_view rest = raw.substr(colon + 3);
  const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
  const std::string_view authority = rest.substr(0, end);
  if (split_port(authority).host.empty() || !valid_host(authority)) return bad_target("invalid host in the request target");
  return split_path(Target::Form::absolute, authority, rest.substr(end));
}

}  // namespace

Result<Target> parse_target(std::string_view method, std::string_view raw) {
  if (raw.empty()) return bad_target("empty request target");
  if (std::any_of(raw.begin(), raw.end(), [](char c) { return byte(c) <= ' ' || c == 0x7f; })) {
    return bad_target("blank or control character in the request target");
  }
  if (raw.front() == '/') return split_path(Target::Form::origin, {}, raw);
  if (method == "CONNECT") return parse_authority_form(raw);
  if (raw != "*") return parse_absolute_form(raw);
  if (method != "OPTIONS") return bad_target("the request target * is for OPTIONS alone");
  Target target;
  target.form = Target::Form::asterisk;
  target.path = raw;
  return target;
}

std::string percent_decode(std::string_view path) {
  std::string decoded;
  decoded.reserve(path.size());
  for (std::size_t at = 0; at < path.size(); ++at) {
    if (path[at] == '%' && is_escape_at(path, at)) {
      decoded.push_back(escape_at(path, at));
      at += 2;
    } else {
      decoded.push_back(path[at]);
    }
  }
  return decoded;
}

bool encodes_nul(std::string_view path) { return path.find("%00") != std::string_view::npos; }

bool valid_host(std::string_view host) {
  const HostAndPort parts = split_port(host);
  if (!valid_port(parts.port)) return false;
  if (!parts.host.empty() && parts.host.front() == '[') return valid_bracketed_address(parts.host);
  return valid_name(parts.host);
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return kTokenCharacters[byte(c)]; });
}

std::string canonical_name(std::string_view name) {
  std::string canonical(name);
  if (!is_token(name)) return canonical;
  bool starts_word = true;
  for (char& c : canonical) {
    if (starts_word && is_lower(c)) c = static_cast<char>(c - ('a' - 'A'));
    if (!starts_word && is_upper(c)) c = static_cast<char>(c + ('a' - 'A'));
    starts_word = c == '-';
  }
  return canonical;
}

}  // namespace fwatchdog
