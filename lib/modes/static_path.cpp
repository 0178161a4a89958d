#include "modes/static_path.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "http/target.hpp"

namespace fwatchdog {

namespace {

/// Resolves a decoded path to a name below the root.
void resolve(std::string_view path, std::string& name) {
  name.clear();
  while (!path.empty()) {
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(segment.size() + 1, path.size()));
    if (segment.empty() || segment == ".") continue;
    if (segment == "..") {
      const std::size_t slash = name.rfind('/');
      name.resize(slash == std::string::npos ? 0 : slash);
      continue;
    }
    if (!name.empty()) name += '/';
    name += segment;
  }
  if (name.empty()) name = ".";
}

/// What Go leaves as it is in a path: RFC 3986's unreserved characters, and these reserved ones.
constexpr std::array<bool, 256> plain_characters() {
  std::array<bool, 256> set{};
  for (unsigned c = 0; c < 128; ++c) set[c] = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  for (const char c : std::string_view("-_.~$&+,/:;=@")) set[static_cast<unsigned char>(c)] = true;
  return set;
}

constexpr std::array<bool, 256> kPlain = plain_characters();

}  // namespace

bool StaticPath::assign(std::string_view encoded) {
  decoded_.clear();
  if (!encoded.starts_with('/') || encodes_nul(encoded)) return false;
  if (encoded.find('%') == std::string_view::npos) {
    decoded_ = encoded;
  } else {
    decoded_ = percent_decode(encoded);
  }
  resolve(decoded_, name_);
  return true;
}

std::string_view StaticPath::last_segment() const {
  std::string_view path = decoded_;
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  return path.size() > 1 ? path.substr(path.rfind('/') + 1) : path;
}

std::string name_below_root(std::string_view path) {
  std::string name;
  resolve(path, name);
  return name;
}

std::string relative_reference(std::string_view name) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string reference;
  reference.reserve(name.size() + 8);
  const std::size_t colon = name.find(':');
  if (colon != std::string_view::npos && colon < name.find('/')) reference = "./";
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (kPlain[byte]) {
      reference += c;
    } else {
      reference += '%';
      reference += kHex[byte >> 4U];
      reference += kHex[byte & 15U];
    }
  }
  return reference;
}

void append_html(std::string& to, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&': to += "&amp;"; break;
      case '<': to += "&lt;"; break;
      case '>': to += "&gt;"; break;
      case '"': to += "&#34;"; break;
      case '\'': to += "&#39;"; break;
      default: to += c;
    }
  }
}

}  // namespace fwatchdog
