/// The chunked transfer coding of RFC 9112 7.1, both ways. Sans-I/O: bytes in, views of the body out.
/// Which bodies are chunked at all is decided elsewhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "result.hpp"

namespace fwatchdog {

/// Takes chunked bytes, cut anywhere, and gives the body in them. Strict, so that no two parsers can see two messages: sizes are
/// plain hex digits, lines end in CRLF alone, trailers are well-formed and unfolded. Extensions are skipped; a quote in them ends
/// on its line. Its memory is bounded by the trailers (64 KiB).
class ChunkedDecoder {
 public:
  /// What one call of decode() did.
  struct Step {
    std::size_t consumed = 0;  ///< bytes of the input that are done with; the rest is to be given again
    std::string_view data;     ///< the body in them, a view into the input; empty when there was none
  };
  using Trailers = std::vector<std::pair<std::string, std::string>>;

  /// Reads `input` up to the end of one piece of body, or to its end, or to the end of the coding (what follows is the next
  /// message's). Each call with input consumes at least one byte until done(). Errors, which repeat with every further call:
  /// Errc::invalid, `what` in Go's words, when the coding is malformed or holds too little body for its framing;
  /// Errc::too_large when the trailers pass kMaxTrailerBytes.
  Result<Step> decode(std::string_view input);

  /// True once the last chunk, the trailers and the empty line were read.
  bool done() const { return state_ == State::done; }

  /// Name and value of each trailer as sent, blanks around the value removed. Fields that are not allowed to come after the body
  /// (framing, routing, authentication, content: RFC 9110 6.5.1) are dropped. Complete when done().
  const Trailers& trailers() const { return trailers_; }

  static constexpr std::size_t kMaxLineBytes = 16 * 1024;  ///< of a chunk's size and extensions
  static constexpr std::uint64_t kMaxExcessBytes =
      16 * 1024;                                              ///< of framing beyond 16 bytes a chunk and twice the body, in total
  static constexpr std::size_t kMaxTrailerBytes = 64 * 1024;  ///< of all trailer lines with their ends

 private:
  enum class State {
    size_start,
    size,
    size_blank,
    extension,
    quoted,
    quoted_pair,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer_start,
    trailer_line,
    trailer_lf,
    end_lf,
    done,
    failed
  };

  void take(char c);
  void take_size(char c);
  void take_line(char c);
  void take_extension(char c);
  void take_trailer(char c);
  void end_line();
  void end_trailer();
  void fail(const char* what, Errc code = Errc::invalid);

  State state_ = State::size_start;
  Errc failure_ = Errc::invalid;
  const char* failure_text_ = "";
  unsigned digits_ = 0;
  std::uint64_t remaining_ = 0;  // of the chunk: its size while that is read, then what is still to come
  std::size_t line_bytes_ = 0;
  std::uint64_t excess_ = 0;
  std::size_t trailer_bytes_ = 0;
  std::string trailer_;
  Trailers trailers_;
};

/// Room for the longest chunk_head().
constexpr std::size_t kMaxChunkHead = 20;

/// What ends a chunk's data.
constexpr std::string_view kChunkEnd = "\r\n";

/// The last chunk and the end of a body without trailers.
constexpr std::string_view kLastChunk = "0\r\n\r\n";

/// Writes the line before `size` bytes of data, `<hex>\r\n`, to `out`, which has room for kMaxChunkHead bytes; returns its
/// length. `size` must not be 0, which would end the body.
std::size_t chunk_head(char* out, std::uint64_t size);

}  // namespace fwatchdog
