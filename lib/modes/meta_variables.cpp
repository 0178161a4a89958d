#include "modes/meta_variables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>
#include <vector>

#include "http/hop_by_hop.hpp"
#include "version.hpp"

namespace fwatchdog {

namespace {

/// The path as the program gets it: decoded, and only then without `.` and `..`, so that no way of writing them leads out of the
/// root (RFC 3986 5.2.4).
std::string path_info(std::string_view encoded) {
  const std::string path = percent_decode(encoded);
  std::vector<std::string_view> kept;
  for (std::size_t begin = 1; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view segment = std::string_view(path).substr(begin, end - begin);
    const bool dots = segment == "." || segment == "..";
    if (segment == ".." && !kept.empty()) kept.pop_back();
    if (!dots) kept.push_back(segment);
    if (dots && end == path.size()) kept.emplace_back();
    begin = end + 1;
  }
  return fmt::format("/{}", fmt::join(kept, "/"));
}

/// The host without its port; that of our end of the connection where the request names none.
std::string server_name(std::string_view host, const EndAddress& local) {
  if (host.starts_with('[')) return std::string(host.substr(0, host.find(']') + 1));
  if (!host.empty()) return std::string(host.substr(0, host.find(':')));
  return local.address.find(':') == std::string::npos ? local.address : fmt::format("[{}]", local.address);
}

/// As callers know it: programs take their own name from it (SCRIPT_NAME) to find the rest.
std::string request_uri(const Target& target, const CgiSite& site) {
  return fmt::format("{}{}{}{}", site.script_name, target.path, target.has_query ? "?" : "", target.query);
}

/// `X-Forwarded-For` as `HTTP_X_FORWARDED_FOR`; empty where a name might be taken for another one.
std::string variable_of(std::string_view field) {
  std::string name = "HTTP_";
  for (const char c : field) {
    const bool small = c >= 'a' && c <= 'z';
    if (!small && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '-') return {};
    name += c == '-' ? '_' : small ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return name;
}

bool is_told_otherwise(std::string_view field) {
  static constexpr std::array<std::string_view, 6> kFields = {"Content-Length", "Content-Type", "Host",
                                                              "Expect",         "Proxy",        "Trailer"};
  return std::any_of(kFields.begin(), kFields.end(), [field](std::string_view name) { return equal_ignoring_case(name, field); });
}

void add_fields(EnvironmentBuilder& to, const Headers& headers) {
  const HopByHop ends_here(headers.all());
  std::vector<std::pair<std::string, std::string>> joined;
  std::unordered_map<std::string, std::size_t> places;
  for (const Field& field : headers) {
    if (is_told_otherwise(field.name) || ends_here.drops(field.name)) continue;
    std::string name = variable_of(field.name);
    if (name.empty()) continue;
    const auto [place, is_new] = places.try_emplace(name, joined.size());
    if (is_new) {
      joined.emplace_back(std::move(name), field.value);
    } else {
      // RFC 9110 5.3; cookies are joined in their own way (RFC 6265 5.4).
      const std::string_view separator = equal_ignoring_case(field.name, "Cookie") ? "; " : ", ";
      joined[place->second].second.append(separator).append(field.value);
    }
  }
  for (const auto& [name, value] : joined) to.add(name, value);
}

void add_content(EnvironmentBuilder& to, const Request& request) {
  if (request.framing.kind == BodyFraming::Kind::length) to.add("CONTENT_LENGTH", fmt::format("{}", request.framing.length));
  if (const auto type = request.headers->get("Content-Type")) to.add("CONTENT_TYPE", *type);
}

}  // namespace

void add_meta_variables(EnvironmentBuilder& to, const Request& request, const CgiSite& site) {
  const EndAddress remote = request.connection->remote();
  const EndAddress local = request.connection->local();
  const std::string path = path_info(request.target.path);
  to.add("GATEWAY_INTERFACE", "CGI/1.1");
  to.add("SERVER_SOFTWARE", fmt::format("fwatchdog/{}", kVersion));
  to.add("SERVER_PROTOCOL", fmt::format("HTTP/1.{}", request.minor_version));
  to.add("SERVER_NAME", server_name(request.host, local));
  to.add("SERVER_PORT", fmt::format("{}", local.port));
  to.add("REMOTE_ADDR", remote.address);
  to.add("REMOTE_HOST", remote.address);  // names are not looked up
  to.add("REMOTE_PORT", fmt::format("{}", remote.port));
  to.add("REQUEST_METHOD", request.method);
  to.add("REQUEST_URI", request_uri(request.target, site));
  to.add("SCRIPT_NAME", site.script_name);
  to.add("PATH_INFO", path);
  if (!site.document_root.empty()) to.add("PATH_TRANSLATED", site.document_root + path);
  to.add("QUERY_STRING", request.target.query);
  add_content(to, request);
  if (!request.host.empty()) to.add("HTTP_HOST", request.host);
  add_fields(to, *request.headers);
}

bool is_of_one_request(std::string_view name) {
  static constexpr std::array<std::string_view, 3> kNames = {"CONTENT_LENGTH", "CONTENT_TYPE", "PATH_TRANSLATED"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

}  // namespace fwatchdog
