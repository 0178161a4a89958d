#include "http/http_response.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <utility>
#include <vector>

#include "http/media_type.hpp"
#include "http/status.hpp"
#include "log/seconds.hpp"

namespace fwatchdog {

using namespace std::string_view_literals;

namespace {

/// What is copied behind a head to leave in one piece.
constexpr std::size_t kJoined = 1024;
/// Last bytes up to this size find room in any socket's buffer: they do not wait for the caller.
constexpr std::size_t kLastWords = 4U << 10U;

iovec piece_of(std::string_view text) { return iovec{const_cast<char*>(text.data()), text.size()}; }

}  // namespace

void HttpResponse::start(bool is_head, int minor_version, bool wants_keep_alive) {
  is_head_ = is_head;
  minor_version_ = minor_version;
  wants_keep_alive_ = wants_keep_alive;
  status_ = 200;
  reason_.clear();
  clear_fields();
  trailers_.clear();
  head_.clear();
  framing_ = Framing::none;
  begun_ = head_composed_ = head_sent_ = finished_ = keep_alive_ = limits_silence_ = false;
  declared_.reset();
  body_bytes_ = 0;
  forget_failure();
}

void HttpResponse::set_status(int status, std::string_view reason) {
  status_ = status;
  reason_ = reason;
}

void HttpResponse::clear_fields() {
  fields_.clear();
  has_type_ = has_coding_ = has_date_ = false;
}

void HttpResponse::add_field(std::string_view name, std::string_view value) {
  assert(!head_composed_);
  has_type_ |= equal_ignoring_case(name, "Content-Type");
  has_coding_ |= equal_ignoring_case(name, "Content-Encoding") && !value.empty();
  has_date_ |= equal_ignoring_case(name, "Date");
  append_field(fields_, name, value);
}

void HttpResponse::add_trailer(std::string_view name, std::string_view value) { append_field(trailers_, name, value); }

std::string_view HttpResponse::reason_or_phrase() const {
  return reason_.empty() ? reason_phrase(status_) : std::string_view(reason_);
}

void HttpResponse::begin(std::optional<std::uint64_t> length) {
  assert(!begun_);
  begun_ = true;
  declared_ = length;
  if (!allows_body(status_) || is_head_) {
    framing_ = Framing::none;
  } else if (length) {
    framing_ = Framing::length;
  } else {
    framing_ = minor_version_ == 0 ? Framing::until_close : Framing::chunked;
  }
  keep_alive_ = wants_keep_alive_ && framing_ != Framing::until_close && connection_.may_keep_alive();
}

void HttpResponse::compose_head(std::string_view first_bytes) {
  head_composed_ = true;
  head_.reserve(fields_.size() + 200 + (first_bytes.size() <= kJoined ? first_bytes.size() : 0));
  head_.append(minor_version_ == 0 ? "HTTP/1.0 "sv : "HTTP/1.1 "sv);
  append_number(head_, static_cast<std::uint64_t>(status_));
  head_.append(" "sv).append(reason_or_phrase()).append("\r\n"sv);
  head_ += fields_;
  // As Go's server: what has no type and is not encoded gets the type that its bytes show.
  if (!has_type_ && !has_coding_ && !first_bytes.empty() && allows_body(status_))
    append_field(head_, "Content-Type", sniff(first_bytes));
  if (!has_date_) append_field(head_, "Date", date_.now());
  // 1xx and 204 have no length, and that of a 304 would be the length of another answer (RFC 9110 8.6).
  if (declared_ && allows_body(status_)) {
    head_ += "Content-Length: "sv;
    append_number(head_, *declared_);
    head_ += "\r\n"sv;
  }
  if (framing_ == Framing::chunked) head_ += "Transfer-Encoding: chunked\r\n";
  if (!keep_alive_) {
    head_ += "Connection: close\r\n";
  } else if (minor_version_ == 0) {
    head_ += "Connection: keep-alive\r\n";
  }
  head_ += "\r\n"sv;
}

Task<Result<void>> HttpResponse::send(std::string_view body) {
  begin(body.size());
  return finish(body);
}

Task<Result<void>> HttpResponse::send(std::span<const std::string_view> pieces) {
  return pieces.size() == 1 ? send(pieces.front()) : send_pieces(pieces);
}

Task<Result<void>> HttpResponse::send_pieces(std::span<const std::string_view> pieces) {
  std::uint64_t length = 0;
  for (const std::string_view piece : pieces) length += piece.size();
  begin(length);
  Result<void> written = co_await write_pieces(pieces);
  if (written.ok()) finished_ = true;
  co_return written;
}

Task<Result<void>> HttpResponse::flush() {
  if (head_sent_) co_return Result<void>();
  const std::span<const std::string_view> nothing;
  co_return co_await write_pieces(nothing);
}

Task<Result<void>> HttpResponse::write(std::string_view bytes) {
  const std::span<const std::string_view> pieces(&bytes, 1);
  co_return co_await write_pieces(pieces);
}

Task<Result<void>> HttpResponse::write_pieces(std::span<const std::string_view> pieces) {
  assert(begun_ && !finished_);
  std::uint64_t size = 0;
  std::string_view first;
  for (const std::string_view piece : pieces) {
    if (first.empty()) first = piece;
    size += piece.size();
  }
  if (!head_composed_) compose_head(first);

  std::array<iovec, 16> few;
  std::vector<iovec> many;
  std::span<iovec> out = few;
  if (pieces.size() + 3 > few.size()) {
    many.resize(pieces.size() + 3);
    out = many;
  }
  std::size_t count = 0;
  std::array<char, kMaxChunkHead> chunk_line;
  if (!head_sent_) out[count++] = piece_of(head_);
  if (has_body() && size > 0) {
    if (framing_ == Framing::length && body_bytes_ + size > *declared_) {
      co_return Error(Errc::invalid, "more bytes than the declared length");
    }
    if (framing_ == Framing::chunked)
      out[count++] = piece_of(std::string_view(chunk_line.data(), chunk_head(chunk_line.data(), size)));
    for (const std::string_view piece : pieces) out[count++] = piece_of(piece);
    if (framing_ == Framing::chunked) out[count++] = piece_of(kChunkEnd);
  }
  body_bytes_ += size;
  head_sent_ = true;
  const bool whole = framing_ == Framing::none || (framing_ == Framing::length && body_bytes_ == *declared_);
  if (whole && size <= kLastWords) announce_end();
  const std::span<iovec> filled = out.first(count);
  Result<void> written = co_await stream_.write(filled);
  if (written.ok() && limits_silence_) connection_.restart_write_limit();
  co_return written;
}

Task<Result<void>> HttpResponse::write_file(int file, std::uint64_t offset, std::uint64_t length) {
  assert(framing_ == Framing::length || framing_ == Framing::none);
  Result<void> flushed = co_await flush();
  if (!flushed.ok() || !has_body()) {
    body_bytes_ += length;
    co_return flushed;
  }
  if (body_bytes_ + length > *declared_) co_return Error(Errc::invalid, "more bytes than the declared length");
  const std::uint64_t before = stream_.written();
  Result<void> sent = co_await stream_.send_file(file, offset, length);
  body_bytes_ += stream_.written() - before;
  co_return sent;
}

Task<Result<void>> HttpResponse::finish(std::string_view last) {
  assert(begun_ && !finished_);
  body_bytes_ += last.size();
  if (framing_ == Framing::length && body_bytes_ != *declared_) {
    cut();
    co_return Error(Errc::invalid,
                    body_bytes_ < *declared_ ? "fewer bytes than the declared length" : "more bytes than the declared length");
  }
  if (!head_composed_) compose_head(last);
  if (!has_body()) last = {};
  const bool last_words = last.size() <= kLastWords;

  std::array<char, kMaxChunkHead> chunk_line;
  const bool chunked = framing_ == Framing::chunked;
  const bool in_chunk = chunked && !last.empty();
  std::string_view before(chunk_line.data(), in_chunk ? chunk_head(chunk_line.data(), last.size()) : 0);
  std::string tail;
  if (chunked) tail.append(in_chunk ? kChunkEnd : std::string_view()).append("0\r\n").append(trailers_).append("\r\n");
  std::string_view after = tail;
  // One piece costs the system less than two.
  if (!head_sent_ && last.size() <= kJoined) {
    for (std::string_view* part : {&before, &last, &after}) head_.append(std::exchange(*part, {}));
  }

  std::array<iovec, 4> pieces;
  std::size_t count = 0;
  if (!head_sent_) pieces[count++] = piece_of(head_);
  for (const std::string_view part : {before, last, after}) {
    if (!part.empty()) pieces[count++] = piece_of(part);
  }
  head_sent_ = true;
  if (last_words) announce_end();
  const std::span<iovec> filled(pieces.data(), count);
  Result<void> written = co_await stream_.write(filled);
  if (written.ok()) finished_ = true;
  co_return written;
}

void HttpResponse::cut() {
  keep_alive_ = false;
  // Without any framing the end of the connection is the end of the body: only a reset tells that it is not whole. Elsewhere the
  // missing end tells, and a plain close lets the caller have all bytes that were sent.
  if (framing_ == Framing::until_close) stream_.reset();
}

Task<Result<void>> HttpResponse::send_interim(int status) {
  assert(!begun_);
  std::string interim = fmt::format("HTTP/1.1 {} {}\r\n{}\r\n", status, reason_phrase(status), fields_);
  clear_fields();
  if (minor_version_ == 0) co_return Result<void>();  // HTTP/1.0 knows no interim answers (RFC 9110 15.2)
  co_return co_await stream_.write(interim);
}

Task<Result<Tunnel>> HttpResponse::upgrade() {
  assert(!begun_);
  status_ = 101;
  begun_ = head_composed_ = head_sent_ = finished_ = true;
  const std::string head = fmt::format("HTTP/1.1 101 {}\r\n{}Connection: Upgrade\r\n\r\n", reason_or_phrase(), fields_);
  Result<void> written = co_await stream_.write(head);
  if (!written.ok()) co_return written.error();
  Tunnel tunnel;
  tunnel.early = connection_.leave_http();
  tunnel.stream = &stream_;
  co_return tunnel;
}

}  // namespace fwatchdog
