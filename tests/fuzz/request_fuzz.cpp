// Requests: heads, targets, framing and chunked bodies; and what a request becomes on its way to a function.
#include <algorithm>
#include <set>
#include <string>

#include "config/environment.hpp"
#include "http/upstream_url.hpp"
#include "log/escape.hpp"
#include "messages.hpp"
#include "middleware/json.hpp"
#include "modes/cgi_environment.hpp"
#include "modes/marshal.hpp"
#include "modes/proxy_request.hpp"
#include "other_parser.hpp"
#include "property.hpp"

namespace fwatchdog::fuzz {

namespace {

constexpr auto kRequest = HeadParser::Kind::request;

std::string composed(const Request& request, const UpstreamUrl& upstream) {
  std::string head;
  compose_proxy_request(head, request, upstream, request.framing, asks_for_upgrade(request));
  return head;
}

std::size_t count(std::string_view head, std::string_view name) {
  const Head parsed(kRequest, std::string(head));
  return parsed.headers.count(name);
}

/// The reverse proxy's upstream must see one request, and the same one.
void check_forwarded(const Message& message, const Head& head) {
  static const UpstreamUrl upstream = parse_upstream_url("http://127.0.0.1:3000").value();
  const std::string text = composed(head.request, upstream);
  const Reading seen = read_whole(kRequest, text + framed_body(message));
  must(seen.verdict.empty() && seen.messages.size() == 1, "what is forwarded is one valid request", text);
  const Message& forwarded = seen.messages.front();
  must(forwarded.whole && forwarded.head == text, "what is forwarded ends where it should", text);
  must(forwarded.framing == message.framing && forwarded.length == message.length, "its framing is the caller's", text);
  must(forwarded.body == message.body && forwarded.trailers == message.trailers, "its body is the caller's", text);

  const Head again(kRequest, text);
  must(again.request.method == head.request.method, "its method is the caller's", text);
  must(again.request.target.path == head.request.target.path, "its path is the caller's", text);
  must(again.request.target.query == head.request.target.query, "its query is the caller's", text);
  must(count(text, "Host") == 1 && count(text, "Expect") == 0, "it has one Host and expects nothing", text);
  must(count(text, "Content-Length") + count(text, "Transfer-Encoding") <= 1, "it has one framing", text);
  must(composed(again.request, upstream) == text, "forwarding it again changes nothing", text);

  const std::vector<std::string> others = OtherParser(kRequest).bodies(text + framed_body(message));
  must(others.size() <= 1, "another parser sees no second request in what is forwarded", text);
  must(others.empty() || others.front() == message.body, "another parser sees the same body in what is forwarded", text);
}

/// The variables of a forked function.
void check_environment(const Head& head) {
  static const Environment base = [] {
    Environment made;
    made.set("PATH", "/bin");
    made.set("Http_Path", "inherited");
    made.set("http_proxy", "http://proxy.example");
    return made;
  }();
  for (const auto flavour : {CgiEnvironment::Flavour::of_watchdog, CgiEnvironment::Flavour::classic}) {
    const CgiEnvironment environment(base, flavour);
    const Result<CallEnvironment> made = environment.make(head.request);
    if (!made.ok()) continue;
    std::set<std::string_view> names;
    std::size_t inherited = 0;
    for (const char* const* at = made->envp(); *at != nullptr; ++at) {
      const std::string_view entry = *at;
      const std::string_view name = entry.substr(0, entry.find('='));
      must(name.size() < entry.size() && names.insert(name).second, "each variable is there once", entry);
      const bool ours = name.starts_with("Http_");
      inherited += ours ? 0 : 1;
      must(!ours || !equal_ignoring_case(name, "http_proxy"), "no caller sets a proxy", entry);
    }
    must(inherited == 2, "a caller touches no inherited variable that is not the request's", head.bytes);
    must(names.count("Http_Method") == 1 && names.count("Http_Path") == 1, "method and path are always there", head.bytes);
  }
}

void check_texts(const Message& message, const Head& head) {
  must(Json::parse(marshal_request(head.request, message.body)).ok(), "a marshalled request is JSON", head.bytes);
  std::string line;
  append_printable(line, head.request.raw_target);
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  must(std::none_of(line.begin(), line.end(), is_control), "a target stays on its line of the log", line);
}

void check_message(const Message& message) {
  const Head head(kRequest, message.head);
  check_environment(head);
  check_texts(message, head);
  if (message.whole) check_forwarded(message, head);
}

/// Up to where both read, they read the same; what we refuse ends the connection, whatever others find behind it.
void check_against_other(const Reading& ours, std::string_view bytes) {
  const std::vector<std::string> others = OtherParser(kRequest).bodies(bytes);
  std::vector<std::string> bodies;
  for (const Message& message : ours.messages) {
    if (message.whole) bodies.push_back(message.body);
  }
  must(!ours.verdict.empty() || others.size() <= bodies.size(), "another parser sees no more requests", bytes);
  const std::size_t both = std::min(others.size(), bodies.size());
  must(std::equal(others.begin(), others.begin() + static_cast<std::ptrdiff_t>(both), bodies.begin()),
       "another parser sees the same bodies", bytes);
}

}  // namespace

}  // namespace fwatchdog::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fwatchdog::fuzz;
  const std::string_view bytes = text_of(data, size);
  const Reading reading = read_whole(kRequest, bytes);
  must(read_bytewise(kRequest, bytes) == reading, "requests are the same byte by byte");
  must(read_cut(kRequest, bytes, place_in(bytes)) == reading, "requests are the same in two pieces");
  for (const Message& message : reading.messages) check_message(message);
  check_against_other(reading, bytes);
  return 0;
}
