#include "http/head_parser.hpp"

#include <algorithm>

#include "http/target.hpp"

namespace fwatchdog {

namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// VCHAR, obs-text, blank and tab (RFC 9112 4).
constexpr bool is_reason_char(char c) { return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f); }

}  // namespace

HeadParser::HeadParser(Kind kind) : kind_(kind) { reset(); }

void HeadParser::reset() {
  state_ = State::incomplete;
  refusal_ = Refusal();
  has_start_line_ = false;
  seen_ = head_size_ = 0;
  first_ = second_ = Slice();
  status_ = 0;
  minor_version_ = 1;
  fields_.clear();
  in_value_ = false;
}

HeadParser::State HeadParser::refuse(int status, std::string detail) {
  refusal_.status = status;
  refusal_.detail = std::move(detail);
  return state_ = State::refused;
}

HeadParser::State HeadParser::parse(std::string_view bytes) {
  if (state_ != State::incomplete) return state_;
  if (!has_start_line_ && parse_start_line(bytes) == State::refused) return state_;
  if (has_start_line_) parse_fields(bytes);
  if (state_ == State::incomplete && bytes.size() > kMaxHeadSize) return refuse(431, "");
  if (state_ == State::complete && head_size_ > kMaxHeadSize) return refuse(431, "");
  return state_;
}

HeadParser::State HeadParser::parse_start_line(std::string_view bytes) {
  const std::size_t end = bytes.find('\n', seen_);
  const std::string_view line = bytes.substr(0, end);
  // A control character can be refused before the line is whole: what speaks TLS to us may never send a line feed.
  const std::size_t from = seen_;
  for (std::size_t i = from; i < line.size(); ++i) {
    const auto c = static_cast<unsigned char>(line[i]);
    if (c > 0x20 && c != 0x7f) continue;
    if (c == '\r' ? (i + 1 < line.size()) : (c < 0x20 && c != '\t') || c == 0x7f) return refuse(400, "malformed start line");
  }
  if (end == std::string_view::npos) {
    // The last byte may be a CR whose LF is yet to come: it is looked at again.
    seen_ = bytes.empty() ? 0 : bytes.size() - 1;
    return state_;
  }
  if (line.empty() || line.back() != '\r') return refuse(400, "bare LF in start line");
  const std::string_view text = line.substr(0, line.size() - 1);
  if ((kind_ == Kind::request ? parse_request_line(text) : parse_status_line(text)) == State::refused) return state_;
  has_start_line_ = true;
  seen_ = end + 1;

  parser_ = behind_start_line();
  parser_.data = this;
  return state_;
}

HeadParser::State HeadParser::parse_request_line(std::string_view line) {
  const std::size_t method_end = line.find(' ');
  if (method_end == std::string_view::npos) return refuse(400, "malformed request line");
  const std::size_t target_end = line.find(' ', method_end + 1);
  if (target_end == std::string_view::npos) return refuse(400, "malformed request line");
  if (!is_token(line.substr(0, method_end))) return refuse(400, "invalid method");
  if (target_end == method_end + 1) return refuse(400, "malformed request line");
  first_ = Slice{0, method_end};
  second_ = Slice{method_end + 1, target_end - method_end - 1};
  return parse_version(line.substr(target_end + 1));
}

HeadParser::State HeadParser::parse_status_line(std::string_view line) {
  const std::size_t version_end = line.find(' ');
  if (version_end == std::string_view::npos) return refuse(502, "malformed status line");
  if (parse_version(line.substr(0, version_end)) == State::refused) return state_;
  const std::string_view rest = line.substr(version_end + 1);
  // The blank after the code may be missing where the phrase is (RFC 9112 4 asks recipients to be lenient there).
  const bool well_formed = rest.size() >= 3 && is_digit(rest[0]) && is_digit(rest[1]) && is_digit(rest[2]) &&
                           (rest.size() == 3 || rest[3] == ' ') && rest[0] != '0' &&
                           std::all_of(rest.begin(), rest.end(), is_reason_char);
  if (!well_formed) return refuse(502, "malformed status line");
  status_ = (rest[0] - '0') * 100 + (rest[1] - '0') * 10 + (rest[2] - '0');
  if (rest.size() > 4) second_ = Slice{version_end + 5, rest.size() - 4};
  return state_;
}

HeadParser::State HeadParser::parse_version(std::string_view version) {
  const bool well_formed =
      version.size() == 8 && version.substr(0, 5) == "HTTP/" && is_digit(version[5]) && version[6] == '.' && is_digit(version[7]);
  if (!well_formed) return refuse(400, "malformed HTTP version");
  if (version[5] != '1') return refuse(505, "unsupported protocol version");
  // A higher minor version is taken as the highest we know (RFC 9110 2.5).
  minor_version_ = version[7] == '0' ? 0 : 1;
  return state_;
}

HeadParser::State HeadParser::parse_fields(std::string_view bytes) {
  base_ = bytes.data();
  const std::string_view fresh = bytes.substr(seen_, std::min(bytes.size() - seen_, kMaxHeadSize + 1));
  if (fresh.empty()) return state_;
  const llhttp_errno_t error = llhttp_execute(&parser_, fresh.data(), fresh.size());
  seen_ += fresh.size();
  if (error == HPE_OK) return state_;
  if (error != HPE_PAUSED_UPGRADE) return refuse_fields(error);
  head_size_ = static_cast<std::size_t>(llhttp_get_error_pos(&parser_) - base_);
  return state_ = State::complete;
}

HeadParser::State HeadParser::refuse_fields(llhttp_errno_t error) {
  switch (error) {
    case HPE_INVALID_TRANSFER_ENCODING: return refuse(501, "Unsupported transfer encoding");
    case HPE_INVALID_CONTENT_LENGTH:
    case HPE_UNEXPECTED_CONTENT_LENGTH: {
      // llhttp has one error for a length that is none and for one beside a coding.
      const bool has_coding = (parser_.flags & F_TRANSFER_ENCODING) != 0;
      return refuse(400, has_coding ? "both Content-Length and Transfer-Encoding" : "invalid Content-Length");
    }
    case HPE_CR_EXPECTED:
    case HPE_LF_EXPECTED: return refuse(400, "bare CR or LF in header");
    default: return refuse(400, "malformed header");
  }
}

void HeadParser::fields(std::string_view bytes, Headers& headers) const {
  headers.clear();
  for (const FieldSlice& field : fields_) headers.add(Field{field.name.in(bytes), trim_ows(field.value.in(bytes))});
}

int HeadParser::on_name(llhttp_t* parser, const char* at, std::size_t length) {
  auto& self = *static_cast<HeadParser*>(parser->data);
  if (self.fields_.empty() || self.in_value_) {
    self.fields_.push_back(FieldSlice{Slice{static_cast<std::size_t>(at - self.base_), 0}, Slice()});
    self.in_value_ = false;
  }
  self.fields_.back().name.size += length;
  return 0;
}

int HeadParser::on_value(llhttp_t* parser, const char* at, std::size_t length) {
  auto& self = *static_cast<HeadParser*>(parser->data);
  Slice& value = self.fields_.back().value;
  const auto begin = static_cast<std::size_t>(at - self.base_);
  if (!self.in_value_) value.begin = begin;
  self.in_value_ = true;
  value.size = begin + length - value.begin;  // pieces of one value may have blanks between them
  return 0;
}

int HeadParser::on_value_complete(llhttp_t* parser) {
  static_cast<HeadParser*>(parser->data)->in_value_ = true;
  // body_framing judges repeated lengths: equal ones are fine, as in Go; llhttp would refuse the second line.
  if ((parser->flags & F_CONTENT_LENGTH) != 0 && (parser->flags & F_TRANSFER_ENCODING) == 0) {
    parser->flags = static_cast<std::uint16_t>(parser->flags & ~F_CONTENT_LENGTH);
    parser->content_length = 0;
  }
  return 0;
}

/// llhttp has been given a start line of its own, for it would refuse unregistered methods; it decides nothing about bodies. Its
/// state, which is plain data, is the same for every message by then.
const llhttp_t& HeadParser::behind_start_line() {
  static const llhttp_t parser = [] {
    llhttp_t made;
    llhttp_init(&made, HTTP_REQUEST, &callbacks());
    static constexpr std::string_view kStartLine = "GET / HTTP/1.1\r\n";
    llhttp_execute(&made, kStartLine.data(), kStartLine.size());
    return made;
  }();
  return parser;
}

const llhttp_settings_t& HeadParser::callbacks() {
  static const llhttp_settings_t settings = [] {
    llhttp_settings_t made;
    llhttp_settings_init(&made);
    made.on_header_field = on_name;
    made.on_header_value = on_value;
    made.on_header_value_complete = on_value_complete;
    made.on_headers_complete = [](llhttp_t*) { return 2; };  // the body is none of llhttp's business: stop here
    return made;
  }();
  return settings;
}

}  // namespace fwatchdog
