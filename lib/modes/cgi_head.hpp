/// CgiHead: the block of fields that a function writes in front of its output, and what it says of the answer (RFC 3875 6).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/handler.hpp"

namespace fwatchdog {

struct CgiHead {
  int status = 200;  ///< of the field Status, else 302 where there is a Location, else 200
  bool has_status = false;
  std::string reason;  ///< empty: the standard phrase
  /// What the caller gets, in order. Without Status, Content-Length, and the fields that belong to a connection.
  std::vector<std::pair<std::string, std::string>> fields;
  std::optional<std::uint64_t> length;  ///< Content-Length
  bool has_type = false;
  std::string location;  ///< empty: none
  /// Nothing but a Location that is a path: the request is to be answered as if it had asked for that (RFC 3875 6.2.2).
  bool is_local_redirect = false;
};

/// Finds the block at the beginning of an output that comes in pieces. Lines end with LF or CR LF; one of the fields Status,
/// Content-Type and Location must be there, none of them nor Content-Length twice; names are tokens, values have no control
/// bytes.
class CgiHeadParser {
 public:
  static constexpr std::size_t kMost = 64 * 1024;  ///< bytes of a block

  enum class State {
    incomplete,  ///< more bytes are needed
    complete,
    none,  ///< there is no such block: why_none()
  };

  /// `output`: all that came so far. After `complete` or `none` it is not to be called again.
  State parse(std::string_view output);
  /// The output has ended with the block incomplete.
  State end();

  CgiHead& head() { return head_; }
  const CgiHead& head() const { return head_; }
  /// Bytes of the complete block with its empty line.
  std::size_t size() const { return at_; }
  const std::string& why_none() const { return why_none_; }

 private:
  State line(std::string_view line);
  State complete();
  State refuse(std::string why);
  bool take_special(std::string_view name, std::string_view value);
  void drop_our_fields();

  CgiHead head_;
  std::size_t at_ = 0;  // the first byte of a line that is not yet taken
  std::size_t lines_ = 0;
  std::string why_none_;
};

/// Gives status and fields to `response`, and `default_type`, where it is not empty, to a body that would have none.
void put_cgi_head(const CgiHead& head, std::string_view default_type, ResponseWriter& response);

/// The answer has a body at all, for this method and status.
bool answer_has_body(std::string_view method, int status);

}  // namespace fwatchdog
