#include "log/escape.hpp"

#include <algorithm>
#include <cstddef>

namespace fwatchdog {

namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

unsigned byte_at(std::string_view text, std::size_t at) { return static_cast<unsigned char>(text[at]); }

bool in_range(unsigned value, unsigned low, unsigned high) { return value >= low && value <= high; }

bool is_plain_ascii(char c) { return c >= ' ' && c < '\x7f'; }

// The length of the UTF-8 sequence that `text` begins with, by the Unicode standard's table of well-formed sequences; 0 if there
// is none.
std::size_t utf8_length(std::string_view text) {
  const unsigned lead = byte_at(text, 0);
  if (lead < 0x80) return 1;
  std::size_t length = 0;
  unsigned low = 0x80;  // bounds of the second byte: no overlong forms, no surrogates, nothing above U+10FFFF
  unsigned high = 0xbf;
  if (in_range(lead, 0xc2, 0xdf)) {
    length = 2;
  } else if (in_range(lead, 0xe0, 0xef)) {
    length = 3;
    if (lead == 0xe0) low = 0xa0;
    if (lead == 0xed) high = 0x9f;
  } else if (in_range(lead, 0xf0, 0xf4)) {
    length = 4;
    if (lead == 0xf0) low = 0x90;
    if (lead == 0xf4) high = 0x8f;
  }
  if (length == 0 || text.size() < length || !in_range(byte_at(text, 1), low, high)) return 0;
  for (std::size_t at = 2; at < length; ++at) {
    if (!in_range(byte_at(text, at), 0x80, 0xbf)) return 0;
  }
  return length;
}

// U+0080 to U+009F: terminals of eight bits take U+009B for ESC [.
bool is_c1_control(std::string_view sequence) {
  return sequence.size() == 2 && byte_at(sequence, 0) == 0xc2 && byte_at(sequence, 1) < 0xa0;
}

void append_hex(std::string& out, char c) {
  const auto byte = static_cast<unsigned char>(c);
  out += kHexDigits[byte >> 4];
  out += kHexDigits[byte & 0xf];
}

// Where JSON and Go write the same two characters; else empty.
std::string_view short_escape(char c) {
  switch (c) {
    case '"': return "\\\"";
    case '\\': return "\\\\";
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    default: return {};
  }
}

void append_json_ascii(std::string& out, char c) {
  if (const std::string_view escape = short_escape(c); !escape.empty()) {
    out += escape;
  } else if (is_plain_ascii(c)) {
    out += c;
  } else {
    out += "\\u00";
    append_hex(out, c);
  }
}

}  // namespace

void append_printable(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const auto end = std::find_if_not(text.begin(), text.end(), [](char c) { return is_plain_ascii(c) || c == '\t'; });
    const auto plain = static_cast<std::size_t>(end - text.begin());
    out.append(text, 0, plain);
    text.remove_prefix(plain);
    if (text.empty()) return;
    const std::size_t length = utf8_length(text);
    const std::string_view sequence = text.substr(0, std::max<std::size_t>(length, 1));
    if (length > 1 && !is_c1_control(sequence)) {
      out += sequence;
    } else {
      for (const char c : sequence) {
        out += "\\x";
        append_hex(out, c);
      }
    }
    text.remove_prefix(sequence.size());
  }
}

std::string go_quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const std::string_view escape = short_escape(c);
    if (escape.empty()) {
      quoted += c;
    } else {
      quoted += escape;
    }
  }
  std::string printable;
  append_printable(printable, quoted);
  return printable + '"';
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const auto end =
        std::find_if_not(text.begin(), text.end(), [](char c) { return is_plain_ascii(c) && c != '"' && c != '\\'; });
    const auto plain = static_cast<std::size_t>(end - text.begin());
    out.append(text, 0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const std::size_t length = utf8_length(text);
    if (length == 1) {
      append_json_ascii(out, text.front());
    } else if (length == 0) {
      out += "\ufffd";
    } else {
      out.append(text, 0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  out += '"';
}

}  // namespace fwatchdog
