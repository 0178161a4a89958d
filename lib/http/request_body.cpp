#include "http/request_body.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "async/pump.hpp"

namespace fwatchdog {

namespace {

constexpr std::uint64_t kWorthSplicing = 256 * 1024;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

void RequestBody::start(const Options& options, std::string_view first, BufferPool::Lease lease, std::function<void()> on_done) {
  options_ = options;
  expects_continue_ = options.expects_continue;
  done_ = false;
  failure_.reset();
  left_ = options.framing.length;
  taken_ = 0;
  raw_ = first;
  lease_ = std::move(lease);
  on_done_ = std::move(on_done);
  if (options.framing.kind == BodyFraming::Kind::chunked) decoder_ = ChunkedDecoder();
  if (options.framing.kind == BodyFraming::Kind::none || (options.framing.kind == BodyFraming::Kind::length && left_ == 0))
    finish();
}

void RequestBody::finish() {
  done_ = true;
  expects_continue_ = false;
  if (on_done_) std::exchange(on_done_, nullptr)();
}

void RequestBody::release() {
  raw_ = {};
  lease_.give_back();
}

void RequestBody::let_go() {
  if (raw_.empty()) release();
}

std::optional<std::uint64_t> RequestBody::remaining() const {
  if (done_) return 0;
  if (options_.framing.kind == BodyFraming::Kind::length) return left_;
  return std::nullopt;
}

Error RequestBody::fail(Error why) {
  failure_ = std::move(why);
  return *failure_;
}

void RequestBody::interrupt(Error why) {
  if (done_ || failure_) return;
  failure_ = why;
  stream_.watch().interrupt_reader(std::move(why));
}

Task<Result<std::string_view>> RequestBody::read() {
  for (;;) {
    if (failure_) co_return *failure_;
    if (done_) {
      let_go();
      co_return std::string_view();
    }
    if (exceeds_limit()) {
      co_return fail(Error(Errc::too_large, "request body too large"));
    }
    if (expects_continue_) {
      expects_continue_ = false;
      Result<void> told = co_await stream_.write(kContinue);
      if (failure_) co_return *failure_;  // interrupted
      if (!told.ok()) co_return fail(std::move(told.error()));
    }
    if (raw_.empty()) {
      Result<std::size_t> got = co_await stream_.read(buffers_, lease_);
      Result<void> filled = took(std::move(got));
      if (!filled.ok()) co_return filled.error();
    }
    Result<std::string_view> piece = take();
    if (!piece.ok()) co_return fail(std::move(piece.error()));
    if (piece->empty()) continue;
    taken_ += piece->size();
    if (options_.max_bytes != 0 && taken_ > options_.max_bytes) co_return fail(Error(Errc::too_large, "request body too large"));
    co_return piece;
  }
}

bool RequestBody::has_rest() const {
  const bool is_length = options_.framing.kind == BodyFraming::Kind::length;  // the end of chunks is known when it has been read
  return done_ || (is_length && !failure_ && !expects_continue_ && raw_.size() >= left_);
}

/// Much is left of it, of which nothing was read yet and everything is wanted, and a length is all its framing.
bool RequestBody::can_splice() const {
  const bool allowed = options_.max_bytes == 0 || taken_ + left_ <= options_.max_bytes;
  return options_.framing.kind == BodyFraming::Kind::length && left_ >= kWorthSplicing && allowed && !failure_ && !done_ &&
         raw_.empty() && !expects_continue_;
}

Task<PumpEnd> RequestBody::pump_to(Stream& pipe) {
  PumpEnd all;
  while (!can_splice()) {
    const bool more = co_await pump_piece(*this, pipe, all);
    if (!more) co_return all;
  }
  lease_.give_back();  // what was read is in the pipe, and the kernel moves the rest
  pipe.widen_pipe();
  while (!done_) {
    PumpEnd step = co_await stream_.splice_to(pipe, left_);
    if (step.source_error && step.source_error->code == Errc::unsupported) {
      PumpEnd rest = co_await pump(*this, pipe);
      rest.moved += all.moved;
      co_return rest;
    }
    all.moved += step.moved;
    taken_ += step.moved;
    left_ -= step.moved;
    if (failure_) {
      all.source_error = *failure_;  // interrupted
    } else if (step.source_error) {
      all.source_error = fail(std::move(*step.source_error));
    } else if (step.moved == 0 && !step.sink_error) {
      all.source_error = fail(Error(Errc::end_of_stream));
    }
    all.sink_error = std::move(step.sink_error);
    if (!all.whole()) co_return all;
    if (left_ == 0) finish();
  }
  co_return all;
}

Result<void> RequestBody::took(Result<std::size_t> got) {
  if (failure_) return *failure_;  // interrupted
  if (!got.ok()) return fail(std::move(got.error()));
  if (*got == 0) return fail(Error(Errc::end_of_stream));
  raw_ = std::string_view(lease_.span().data(), *got);
  return {};
}

Result<std::string_view> RequestBody::take() {
  if (options_.framing.kind == BodyFraming::Kind::chunked) return take_chunked();
  const std::string_view piece = raw_.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, raw_.size())));
  raw_.remove_prefix(piece.size());
  left_ -= piece.size();
  if (left_ == 0) finish();
  return piece;
}

Result<std::string_view> RequestBody::take_chunked() {
  while (!raw_.empty()) {
    Result<ChunkedDecoder::Step> step = decoder_.decode(raw_);
    if (!step.ok()) return std::move(step.error());
    raw_.remove_prefix(step->consumed);
    if (decoder_.done()) finish();
    if (!step->data.empty() || done_) return step->data;
  }
  return std::string_view();
}

int status_of_body_error(const Error& error) {
  switch (error.code) {
    case Errc::too_large: return 413;
    case Errc::timed_out: return 408;
    case Errc::system: return error.sys == ENOMEM ? 500 : 400;
    default: return 400;
  }
}

}  // namespace fwatchdog
