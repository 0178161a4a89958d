#include "modes/cgi_environment.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "http/target.hpp"

namespace fwatchdog {

namespace {

constexpr std::string_view kPrefix = "Http_";

void add_request(EnvironmentBuilder& to, const Request& request, bool classic) {
  to.add("Method", request.method);
  if (classic) {
    const bool chunked = request.framing.kind == BodyFraming::Kind::chunked;
    const std::string length = chunked ? "-1" : fmt::format("{}", request.framing.length);
    to.add("ContentLength", length);
    to.add("Content_Length", length);
    if (!request.host.empty()) to.add("Host", request.host);
  }
  if (request.framing.kind == BodyFraming::Kind::chunked) to.add("Transfer_Encoding", "chunked");
  if (!request.target.query.empty()) to.add("Query", request.target.query);
  to.add("Path", percent_decode(request.target.path));
}

void add_fields(EnvironmentBuilder& to, const Request& request) {
  for (const Field& field : *request.headers) {
    // Host is the request's, Transfer-Encoding the connection's. `Proxy` would become Http_Proxy, which libraries that lower-case
    // the names of variables take for their proxy (CVE-2016-1000110 and its family).
    if (equal_ignoring_case(field.name, "Host") || equal_ignoring_case(field.name, "Transfer-Encoding")) continue;
    if (equal_ignoring_case(field.name, "Proxy")) continue;
    // Not even where the request has no query may a field pass for one.
    if (equal_ignoring_case(field.name, "Query")) continue;
    std::string name = canonical_name(field.name);
    std::replace(name.begin(), name.end(), '-', '_');
    to.add(name, field.value);
  }
}

}  // namespace

CgiEnvironment::CgiEnvironment(const Environment& base, Flavour flavour) : flavour_(flavour) {
  const bool cgi = flavour == Flavour::cgi;
  for (const std::string& entry : base.entries()) {
    if (cgi && is_of_one_request(entry.substr(0, entry.find('=')))) continue;
    base_.push_back(entry.c_str());
    base_may_clash_ |= cgi || entry.rfind(kPrefix, 0) == 0;
  }
  base_.push_back(nullptr);
  if (!cgi) return;
  site_.script_name = base.get("SCRIPT_NAME").value_or("");
  site_.document_root = base.get("DOCUMENT_ROOT").value_or("");
}

Result<CallEnvironment> CgiEnvironment::make(const Request& request) const {
  CallEnvironment made;
  if (flavour_ == Flavour::none) {
    made.pointers_ = base_;
    return made;
  }
  if (encodes_nul(request.target.path))
    return Error(Errc::unsupported, "the path has a NUL, which no environment variable can hold");
  made.text_.reserve(1024);
  EnvironmentBuilder builder(made.text_, flavour_ == Flavour::cgi ? std::string_view() : kPrefix);
  if (flavour_ == Flavour::cgi) {
    add_meta_variables(builder, request, site_);
  } else {
    add_request(builder, request, flavour_ == Flavour::classic);
    add_fields(builder, request);
  }
  if (!builder.too_large().empty()) {
    return Error(Errc::too_large, fmt::format("{} is too large for an environment variable", builder.too_large()));
  }
  made.pointers_.reserve(base_.size() + builder.begins().size());
  for (const char* const* entry = base(); *entry != nullptr; ++entry) {
    // What the request says wins over an inherited variable of the same name.
    if (base_may_clash_ && builder.has(*entry)) continue;
    made.pointers_.push_back(*entry);
  }
  for (const std::size_t begin : builder.begins()) made.pointers_.push_back(made.text_.data() + begin);
  made.pointers_.push_back(nullptr);
  return made;
}

}  // namespace fwatchdog
