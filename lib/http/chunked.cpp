#include "http/chunked.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <iterator>
#include <limits>

#include "http/headers.hpp"
#include "http/target.hpp"

namespace fwatchdog {

namespace {

constexpr unsigned kMaxSizeDigits = 16;
constexpr std::uint64_t kMaxChunkSize = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t kFramingPerChunk = 16;

constexpr const char* kBareLineFeed = "chunked line ends with bare LF";
constexpr const char* kBareCarriageReturn = "invalid CR in chunked line";
constexpr const char* kBadSize = "invalid byte in chunk length";
constexpr const char* kBadEnd = "malformed chunked encoding";

constexpr int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }

constexpr bool is_control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; }

// Fields that say how to read, route, authorise or answer the message: by the time a trailer comes, that was decided (RFC
// 9110 6.5.1).
constexpr std::string_view kForbiddenTrailers[] = {
    "Age",
    "Authorization",
    "Cache-Control",
    "Connection",
    "Content-Encoding",
    "Content-Length",
    "Content-Range",
    "Content-Type",
    "Cookie",
    "Date",
    "Expect",
    "Expires",
    "Forwarded",
    "Host",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "If-Range",
    "If-Unmodified-Since",
    "Keep-Alive",
    "Location",
    "Max-Forwards",
    "Pragma",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "Proxy-Connection",
    "Range",
    "Retry-After",
    "Set-Cookie",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
    "Vary",
    "Warning",
    "WWW-Authenticate",
};

bool is_forbidden_trailer(std::string_view name) {
  return std::any_of(std::begin(kForbiddenTrailers), std::end(kForbiddenTrailers),
                     [name](std::string_view forbidden) { return equal_ignoring_case(name, forbidden); });
}

}  // namespace

Result<ChunkedDecoder::Step> ChunkedDecoder::decode(std::string_view input) {
  std::size_t at = 0;
  while (at < input.size() && state_ != State::done && state_ != State::failed) {
    if (state_ == State::data) {
      const std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, input.size() - at));
      remaining_ -= size;
      if (remaining_ == 0) state_ = State::data_cr;
      return Step{at + size, input.substr(at, size)};
    }
    take(input[at++]);
  }
  if (state_ == State::failed) return Error(failure_, failure_text_);
  return Step{at, {}};
}

void ChunkedDecoder::take(char c) {
  switch (state_) {
    case State::size_start:
    case State::size: take_size(c); break;
    case State::size_blank:
    case State::extension:
    case State::quoted:
    case State::quoted_pair:
    case State::size_lf: take_line(c); break;
    case State::data_cr:
      if (c != '\r') return fail(kBadEnd);
      state_ = State::data_lf;
      break;
    case State::data_lf:
      if (c != '\n') return fail(kBadEnd);
      state_ = State::size_start;
      break;
    case State::trailer_start:
    case State::trailer_line:
    case State::trailer_lf:
    case State::end_lf: take_trailer(c); break;
    case State::data:
    case State::done:
    case State::failed: assert(false); break;
  }
}

void ChunkedDecoder::take_size(char c) {
  const int digit = hex_value(c);
  if (state_ == State::size_start) {
    digits_ = 0;
    remaining_ = 0;
    line_bytes_ = 0;
    if (c == '\r' || c == ';' || is_blank(c)) return fail("empty hex number for chunk length");
  }
  if (digit < 0) {
    if (state_ == State::size_start) return fail(c == '\n' ? kBareLineFeed : kBadSize);
    state_ = State::size_blank;
    return take_line(c);
  }
  if (digits_ == kMaxSizeDigits || remaining_ > kMaxChunkSize >> 4) return fail("http chunk length too large");
  ++digits_;
  ++line_bytes_;
  remaining_ = remaining_ << 4 | static_cast<std::uint64_t>(digit);
  state_ = State::size;
}

// The rest of a chunk's first line. Blanks after the size are taken as in Go: some servers pad it, and nobody reads another size
// there.
void ChunkedDecoder::take_line(char c) {
  if (++line_bytes_ > kMaxLineBytes) return fail("header line too long");
  if (state_ == State::size_lf) return c == '\n' ? end_line() : fail(kBareCarriageReturn);
  if (c == '\n') return fail(kBareLineFeed);
  if (state_ == State::quoted || state_ == State::quoted_pair || state_ == State::extension) return take_extension(c);
  if (c == '\r') {
    state_ = State::size_lf;
  } else if (c == ';') {
    state_ = State::extension;
  } else if (!is_blank(c)) {
    fail(kBadSize);
  }
}

// To a parser that knows quotes, a line does not end inside of them; to one that skips extensions it does.
void ChunkedDecoder::take_extension(char c) {
  if (c == '\r' && state_ == State::extension) {
    state_ = State::size_lf;
  } else if (is_control(c)) {
    fail(c == '\r' ? kBareCarriageReturn : "invalid byte in chunk extension");
  } else if (state_ == State::quoted) {
    state_ = c == '"' ? State::extension : c == '\\' ? State::quoted_pair : State::quoted;
  } else if (state_ == State::quoted_pair || c == '"') {
    state_ = State::quoted;
  }
}

// A sender of one byte per chunk is legitimate, one who sends mostly extensions is not: framing beyond a share of the body adds
// up.
void ChunkedDecoder::end_line() {
  excess_ += line_bytes_ + kChunkEnd.size();
  const std::uint64_t allowed = kFramingPerChunk + 2 * std::min(remaining_, kMaxChunkSize / 2);
  excess_ -= std::min(excess_, allowed);
  if (excess_ > kMaxExcessBytes) return fail("chunked encoding contains too much non-data");
  state_ = remaining_ == 0 ? State::trailer_start : State::data;
}

void ChunkedDecoder::take_trailer(char c) {
  if (++trailer_bytes_ > kMaxTrailerBytes) return fail("trailers too large", Errc::too_large);
  switch (state_) {
    case State::trailer_lf: return c == '\n' ? end_trailer() : fail(kBareCarriageReturn);
    case State::end_lf:
      if (c != '\n') return fail(kBareCarriageReturn);
      state_ = State::done;
      return;
    case State::trailer_start:
      if (is_blank(c)) return fail("folded trailer");
      break;
    default: break;
  }
  if (c == '\n') return fail(kBareLineFeed);
  if (c == '\r') {
    state_ = state_ == State::trailer_start ? State::end_lf : State::trailer_lf;
  } else {
    trailer_.push_back(c);
    state_ = State::trailer_line;
  }
}

void ChunkedDecoder::end_trailer() {
  const std::string_view line = trailer_;
  const std::size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  if (colon == std::string_view::npos || !is_token(name)) return fail("malformed trailer");
  const std::string_view value = trim_ows(line.substr(colon + 1));
  if (std::any_of(value.begin(), value.end(), is_control)) return fail("invalid byte in trailer");
  if (!is_forbidden_trailer(name)) trailers_.emplace_back(name, value);
  trailer_.clear();
  state_ = State::trailer_start;
}

void ChunkedDecoder::fail(const char* what, Errc code) {
  state_ = State::failed;
  failure_ = code;
  failure_text_ = what;
}

std::size_t chunk_head(char* out, std::uint64_t size) {
  assert(size > 0);
  char* end = std::to_chars(out, out + kMaxChunkHead - kChunkEnd.size(), size, 16).ptr;
  *end++ = '\r';
  *end++ = '\n';
  return static_cast<std::size_t>(end - out);
}

}  // namespace fwatchdog
