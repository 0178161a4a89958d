#include "http/client_connection.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <variant>

#include "http/body_framing.hpp"

namespace fwatchdog {

ClientConnection::ClientConnection(Loop& loop, Fd socket, BufferPool& buffers)
    : stream_(loop, std::move(socket), false, Stream::Kind::socket), buffers_(buffers), parser_(HeadParser::Kind::response) {}

void ClientConnection::begin(std::string_view method) {
  is_head_ = method == "HEAD";
  answered_ = false;
  body_done_ = false;
  keep_alive_ = false;
}

Task<Result<ResponseHead>> ClientConnection::read_head() {
  parser_.reset();
  for (;;) {
    const HeadParser::State state = bytes_.empty() ? HeadParser::State::incomplete : parser_.parse(bytes_);
    if (state == HeadParser::State::refused) {
      const std::string& detail = parser_.refusal().detail;
      co_return Error(Errc::invalid,
                      "malformed HTTP response: " + (detail.empty() ? std::string("its head is too large") : detail));
    }
    if (state == HeadParser::State::complete) break;
    if (bytes_.data() != large_head_.data()) large_head_.assign(bytes_);
    Result<std::size_t> got = co_await stream_.read(buffers_, lease_);
    if (!got.ok()) co_return got.error();
    if (*got == 0) co_return Error(Errc::end_of_stream, answered_ ? "malformed HTTP response" : "");
    answered_ = true;
    const std::string_view fresh(lease_.span().data(), *got);
    bytes_ = large_head_.empty() ? fresh : std::string_view(large_head_.append(fresh));
  }
  const std::string_view whole = bytes_;
  parser_.fields(whole, headers_);
  const auto framing = response_framing(headers_, parser_.minor_version(), parser_.status(), is_head_ ? "HEAD" : "GET");
  if (const auto* refusal = std::get_if<Refusal>(&framing))
    co_return Error(Errc::invalid, "malformed HTTP response: " + refusal->detail);
  framing_ = std::get<BodyFraming>(framing);
  bytes_.remove_prefix(parser_.head_size());
  co_return head_of(whole);
}

ResponseHead ClientConnection::head_of(std::string_view bytes) {
  ResponseHead head;
  head.status = parser_.status();
  head.minor_version = parser_.minor_version();
  head.reason = parser_.reason(bytes);
  head.headers = &headers_;
  head.framing = framing_;
  left_ = framing_.length;
  if (framing_.kind == BodyFraming::Kind::chunked || !decoder_.trailers().empty()) decoder_ = ChunkedDecoder();
  const bool interim = head.status < 200;
  body_done_ =
      !interim && (framing_.kind == BodyFraming::Kind::none || (framing_.kind == BodyFraming::Kind::length && left_ == 0));
  keep_alive_ = head.minor_version > 0 ? !headers_.any_has_token("Connection", "close")
                                       : headers_.any_has_token("Connection", "keep-alive");
  if (framing_.kind == BodyFraming::Kind::until_close) keep_alive_ = false;
  return head;
}

Task<Result<std::string_view>> ClientConnection::read_body() {
  for (;;) {
    if (body_done_) co_return std::string_view();
    if (bytes_.empty()) {
      Result<std::size_t> got = co_await stream_.read(buffers_, lease_);
      if (!got.ok()) co_return got.error();
      if (*got == 0 && framing_.kind == BodyFraming::Kind::until_close) body_done_ = true;
      if (*got == 0 && !body_done_) co_return Error(Errc::end_of_stream, "response body");
      bytes_ = std::string_view(lease_.span().data(), *got);
      if (body_done_) continue;
    }
    Result<std::string_view> piece = take();
    if (!piece.ok() || !piece->empty()) co_return piece;
  }
}

Result<std::string_view> ClientConnection::buffered_body() {
  if (body_done_ || bytes_.empty()) return std::string_view();
  return take();
}

Result<std::string_view> ClientConnection::take() {
  if (framing_.kind == BodyFraming::Kind::chunked) return take_chunked();
  std::string_view piece = bytes_;
  if (framing_.kind == BodyFraming::Kind::length) {
    piece = bytes_.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes_.size())));
    left_ -= piece.size();
    body_done_ = left_ == 0;
  }
  bytes_.remove_prefix(piece.size());
  return piece;
}

Result<std::string_view> ClientConnection::take_chunked() {
  while (!bytes_.empty()) {
    Result<ChunkedDecoder::Step> step = decoder_.decode(bytes_);
    if (!step.ok()) return std::move(step.error());
    bytes_.remove_prefix(step->consumed);
    body_done_ = decoder_.done();
    if (!step->data.empty() || body_done_) return step->data;
  }
  return std::string_view();
}

bool ClientConnection::reusable() const { return body_done_ && keep_alive_ && bytes_.empty() && !stream_.closed(); }

bool ClientConnection::alive_now() const {
  char byte = 0;
  return ::recv(stream_.fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

bool ClientConnection::was_reset(const Error& failure) const {
  if (failure.sys == ECONNRESET || failure.sys == EPIPE) return true;
  if (stream_.closed()) return false;
  // The reset may have come behind the end of the stream, which was read first.
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(stream_.fd(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error != 0;
}

void ClientConnection::watch_idle(std::function<void(ClientConnection&)> on_gone) {
  bytes_ = {};
  lease_.give_back();
  large_head_.clear();
  on_gone_ = std::move(on_gone);
  stream_.watch().wait_readable(*this);
}

void ClientConnection::unwatch_idle() { stream_.watch().stop_waiting(*this); }

void ClientConnection::ready(Result<void>) {
  // An idle connection has nothing to say: whatever came is its end, or would be taken for the answer to the next request.
  if (on_gone_) std::exchange(on_gone_, nullptr)(*this);
}

}  // namespace fwatchdog
