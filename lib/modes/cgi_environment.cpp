#include "modes/cgi_environment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "http/target.hpp"

namespace fwatchdog {

namespace {

/// Linux: MAX_ARG_STRLEN, 32 pages of 4 KiB, with the NUL. Larger pages only raise it.
constexpr std::size_t kMaxEntry = 32U * 4096U;
constexpr std::string_view kPrefix = "Http_";

/// Collects entries, each name once: the first one counts.
class Builder {
 public:
  explicit Builder(std::string& text) : text_(text) {}

  void add(std::string_view name, std::string_view value) {
    if (!names_.emplace(name).second) return;
    const std::size_t begin = text_.size();
    begins_.push_back(begin);
    text_.append(kPrefix).append(name).append("=").append(value).push_back('\0');
    if (text_.size() - begin > kMaxEntry && too_large_.empty()) too_large_ = name;
  }

  /// True when an entry `NAME=value` has the name of one that was added.
  bool has(std::string_view entry) const {
    const std::string_view name = entry.substr(0, entry.find('='));
    return name.rfind(kPrefix, 0) == 0 && names_.count(std::string(name.substr(kPrefix.size()))) != 0;
  }

  const std::vector<std::size_t>& begins() const { return begins_; }
  const std::string& too_large() const { return too_large_; }

 private:
  std::string& text_;
  std::vector<std::size_t> begins_;
  std::unordered_set<std::string> names_;  // a hostile head has 100,000 of them
  std::string too_large_;
};

void add_request(Builder& to, const Request& request, bool classic) {
  to.add("Method", request.method);
  if (classic) {
    const bool chunked = request.framing.kind == BodyFraming::Kind::chunked;
    const std::string length = chunked ? "-1" : fmt::format("{}", request.framing.length);
    to.add("ContentLength", length);
    to.add("Content_Length", length);
    to.add("Host", request.host);
  }
  if (request.framing.kind == BodyFraming::Kind::chunked) to.add("Transfer_Encoding", "chunked");
  if (!request.target.query.empty()) to.add("Query", request.target.query);
  to.add("Path", percent_decode(request.target.path));
}

void add_fields(Builder& to, const Request& request) {
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
  for (const std::string& entry : base.entries()) {
    base_.push_back(entry.c_str());
    base_has_http_ |= entry.rfind(kPrefix, 0) == 0;
  }
  base_.push_back(nullptr);
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
  Builder builder(made.text_);
  add_request(builder, request, flavour_ == Flavour::classic);
  add_fields(builder, request);
  if (!builder.too_large().empty()) {
    return Error(Errc::too_large, fmt::format("Http_{} is too large for an environment variable", builder.too_large()));
  }
  made.pointers_.reserve(base_.size() + builder.begins().size());
  for (const char* const* entry = base(); *entry != nullptr; ++entry) {
    // What the request says wins over an inherited variable of the same name.
    if (base_has_http_ && builder.has(*entry)) continue;
    made.pointers_.push_back(*entry);
  }
  for (const std::size_t begin : builder.begins()) made.pointers_.push_back(made.text_.data() + begin);
  made.pointers_.push_back(nullptr);
  return made;
}

}  // namespace fwatchdog
