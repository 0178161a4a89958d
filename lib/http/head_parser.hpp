/// HeadParser: the head of a request or a response, from bytes to offsets, without any I/O.
///
/// The start line is parsed here, because llhttp knows only registered methods and every method must reach a function; the field
/// lines are llhttp's, in its strict mode: bare CR or LF, folded lines, blanks before the colon, NUL and controls are refused.
#pragma once

#include <llhttp.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "http/headers.hpp"

namespace fwatchdog {

/// Why a message was refused, with the status for the one who sent it.
struct Refusal {
  int status = 400;
  std::string detail;  ///< empty or a few words: `missing required Host header`
};

/// The largest head that is taken, as in Go: 1 MiB and 4 KiB of slack.
inline constexpr std::size_t kMaxHeadSize = (1U << 20U) + 4096;

class HeadParser {
 public:
  enum class Kind { request, response };
  enum class State { incomplete, complete, refused };

  explicit HeadParser(Kind kind);
  HeadParser(const HeadParser&) = delete;
  HeadParser& operator=(const HeadParser&) = delete;

  /// Forgets everything: the next call of parse() begins a new message.
  void reset();

  /// `bytes`: all of the message so far, from its first byte; may have moved since the last call, and may go on after the head.
  State parse(std::string_view bytes);

  const Refusal& refusal() const { return refusal_; }
  /// Bytes of the head with its last empty line, once complete.
  std::size_t head_size() const { return head_size_; }

  // Once complete. Views point into `bytes`, which must be what parse() got last (or a copy of it).
  std::string_view method(std::string_view bytes) const { return first_.in(bytes); }
  std::string_view target(std::string_view bytes) const { return second_.in(bytes); }
  std::string_view reason(std::string_view bytes) const { return second_.in(bytes); }
  int status() const { return status_; }
  int minor_version() const { return minor_version_; }
  /// Replaces the content of `headers`.
  void fields(std::string_view bytes, Headers& headers) const;

 private:
  struct Slice {
    std::size_t begin = 0;
    std::size_t size = 0;
    std::string_view in(std::string_view bytes) const { return bytes.substr(begin, size); }
  };
  struct FieldSlice {
    Slice name;
    Slice value;
  };

  State refuse(int status, std::string detail);
  State parse_start_line(std::string_view bytes);
  State parse_request_line(std::string_view line);
  State parse_status_line(std::string_view line);
  State parse_version(std::string_view version);
  State parse_fields(std::string_view bytes);
  State refuse_fields(llhttp_errno_t error);

  static int on_name(llhttp_t* parser, const char* at, std::size_t length);
  static int on_value(llhttp_t* parser, const char* at, std::size_t length);
  static int on_value_complete(llhttp_t* parser);
  static const llhttp_t& behind_start_line();
  static const llhttp_settings_t& callbacks();

  Kind kind_;
  llhttp_t parser_;
  State state_ = State::incomplete;
  Refusal refusal_;
  bool has_start_line_ = false;
  std::size_t seen_ = 0;  // bytes that were looked at
  std::size_t head_size_ = 0;
  Slice first_;
  Slice second_;
  int status_ = 0;
  int minor_version_ = 1;
  std::vector<FieldSlice> fields_;
  const char* base_ = nullptr;  // of the bytes that llhttp reads now
  bool in_value_ = false;
};

}  // namespace fwatchdog
