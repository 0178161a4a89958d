#include "http/hop_by_hop.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>

namespace fwatchdog {

namespace {

constexpr std::string_view kOfTheConnection[] = {
    "Connection",
    "Keep-Alive",
    "Proxy-Connection",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "Proxy-Authentication-Info",
    "TE",
    "Transfer-Encoding",
    "Upgrade",
};

constexpr std::string_view kForTheReceiver[] = {
    "Host",          "Content-Length",   "Content-Type",      "Content-Encoding",
    "Content-Range", "Content-Location", "Trailer",           "Date",
    "Cache-Control", "Authorization",    "WWW-Authenticate",  "Cookie",
    "Set-Cookie",    "Origin",           "Location",          "Range",
    "If-Match",      "If-None-Match",    "If-Modified-Since", "If-Unmodified-Since",
    "If-Range",      "Expect",           "Forwarded",         "X-Real-IP",
    "X-Call-Id",
};

constexpr std::string_view kForwardedPrefix = "X-Forwarded-";

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool less_ignoring_case(std::string_view a, std::string_view b) {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) < lower(y); });
}

template <std::size_t N>
bool contains(const std::string_view (&names)[N], std::string_view name) {
  return std::any_of(std::begin(names), std::end(names),
                     [name](std::string_view known) { return equal_ignoring_case(known, name); });
}

/// Nearly every name is told apart by its length.
bool is_of_the_connection(std::string_view name) {
  static constexpr std::uint64_t kLengths = [] {
    std::uint64_t lengths = 0;
    for (const std::string_view known : kOfTheConnection) lengths |= std::uint64_t{1} << known.size();
    return lengths;
  }();
  return name.size() < 64 && (kLengths >> name.size() & 1U) != 0 && contains(kOfTheConnection, name);
}

bool is_for_the_receiver(std::string_view name) {
  return contains(kForTheReceiver, name) || equal_ignoring_case(name.substr(0, kForwardedPrefix.size()), kForwardedPrefix);
}

// A weight may follow: `TE: trailers;q=0.5`.
bool names_trailers(std::string_view list) {
  while (!list.empty()) {
    const std::string_view member = list.substr(0, list.find(','));
    if (equal_ignoring_case(trim_ows(member.substr(0, member.find(';'))), "trailers")) return true;
    list.remove_prefix(std::min(member.size() + 1, list.size()));
  }
  return false;
}

}  // namespace

HopByHop::HopByHop(std::span<const Field> fields, Upgrade upgrade) : upgrade_(upgrade) {
  for (const Field& field : fields) {
    if (equal_ignoring_case(field.name, "Connection")) nominate(field.value);
    if (equal_ignoring_case(field.name, "TE") && names_trailers(field.value)) accepts_trailers_ = true;
  }
  std::sort(nominated_.begin(), nominated_.end(), less_ignoring_case);
}

void HopByHop::nominate(std::string_view list) {
  while (!list.empty()) {
    const std::string_view member = list.substr(0, list.find(','));
    list.remove_prefix(std::min(member.size() + 1, list.size()));
    const std::string_view name = trim_ows(member);
    // `close` is an option of the connection and no field.
    if (name.empty() || equal_ignoring_case(name, "close") || is_of_the_connection(name) || is_for_the_receiver(name)) continue;
    nominated_.push_back(name);
  }
}

bool HopByHop::drops(std::string_view name) const {
  if (is_of_the_connection(name)) return upgrade_ == Upgrade::dropped || !equal_ignoring_case(name, "Upgrade");
  return !nominated_.empty() && std::binary_search(nominated_.begin(), nominated_.end(), name, less_ignoring_case);
}

bool is_hop_by_hop(std::string_view name, std::span<const Field> fields) { return HopByHop(fields).drops(name); }

}  // namespace fwatchdog
