// What happens on a connection while a handler runs: the caller sends more or leaves, and limits pass.
#include <poll.h>

#include <cerrno>
#include <utility>

#include "http/server_connection.hpp"

namespace fwatchdog {

namespace {

using std::chrono::steady_clock;

/// A caller that ended its side may wait for a quick answer; after this it is taken to be gone (CONTRACT).
constexpr auto kHalfClosedGrace = std::chrono::seconds(1);
/// Past write_timeout a handler that did not answer yet has this long to do so.
constexpr auto kAnswerGrace = std::chrono::seconds(1);
/// What is read ahead of its time.
constexpr std::size_t kMaxPipelined = 64U << 10U;

/// Both directions are over: a reset, not merely the end of what the caller sends.
bool is_broken(int socket) {
  pollfd state{socket, 0, 0};
  return ::poll(&state, 1, 0) > 0 && (state.revents & (POLLERR | POLLHUP)) != 0;
}

}  // namespace

void ServerConnection::watch_caller() {
  if (stream_.closed()) return;
  if (caller_ended_) {  // with this request among its last words
    caller_left(false);
    return;
  }
  FdWatch& watch = stream_.watch();
  watch.stop_waiting(caller_watch_);
  if (reads_ahead()) {
    watch.wait_readable(caller_watch_);
  } else {
    watch.wait_hangup(caller_watch_);
  }
}

void ServerConnection::unwatch_caller() { stream_.watch().stop_waiting(caller_watch_); }

void ServerConnection::CallerWatch::ready(Result<void> how) {
  if (!how.ok() || connection_.cancel_ == nullptr) return;
  if (connection_.reads_ahead()) {
    connection_.read_ahead();
  } else {
    connection_.caller_left(is_broken(connection_.stream_.fd()));
  }
}

/// False where the connection's next bytes belong to the body, and where enough was read already.
bool ServerConnection::reads_ahead() const { return body_.done() && body_.beyond().size() + pipelined_.size() < kMaxPipelined; }

void ServerConnection::read_ahead() {
  const BufferPool::Lease lease = server_.buffers_.lend();
  Result<std::size_t> got = stream_.try_read(lease.span());
  if (!got.ok()) {
    if (got.error().sys == EAGAIN) {
      watch_caller();
    } else {
      caller_left(true);
    }
    return;
  }
  if (*got == 0) {
    caller_ended_ = true;
    caller_left(false);
    return;
  }
  pipelined_.append(lease.span().data(), *got);
  watch_caller();
}

void ServerConnection::caller_left(bool at_once) {
  if (cancel_ == nullptr) return;
  if (!at_once) {
    if (!gone_timer_.running()) gone_timer_.start(kHalfClosedGrace);
    return;
  }
  // One that has its whole answer may leave, whatever the handler still does.
  if (!cancel_->requested() && !response_.finished())
    server_.report_("client gone", *request_, steady_clock::now() - request_->begun);
  cancel_->request(CancelReason::peer_gone);
  body_.interrupt(Error(Errc::cancelled));
  stream_.reset();
}

void ServerConnection::read_limit_passed() {
  read_timed_out_ = true;
  if (cancel_ != nullptr) {
    server_.report_("read_timeout", *request_, steady_clock::now() - first_byte_);
    body_.interrupt(Error(Errc::timed_out, "read request body"));
    return;
  }
  stream_.watch().interrupt_reader(Error(Errc::timed_out, "read request head"));
}

void ServerConnection::pause_read_limit() {
  if (!read_limit_.running()) return;
  read_limit_.stop();
  paused_at_ = steady_clock::now();
}

void ServerConnection::resume_read_limit() {
  if (paused_at_ == steady_clock::time_point()) return;
  const auto now = steady_clock::now();
  first_byte_ += now - std::exchange(paused_at_, {});
  if (!body_.done()) read_limit_.start(first_byte_ + server_.limits_.read_timeout - now);
}

void ServerConnection::write_limit_passed() {
  if (cancel_ == nullptr) {  // of a refusal that nobody reads
    stream_.close();
    return;
  }
  if (!write_timed_out_) {
    write_timed_out_ = true;
    server_.report_("write_timeout", *request_, steady_clock::now() - request_->begun);
    cancel_->request(CancelReason::time_limit);
    body_.interrupt(Error(Errc::timed_out, "write_timeout"));
    if (!response_.head_sent()) {
      write_limit_.start(kAnswerGrace);
      return;
    }
  }
  stream_.reset();
}

}  // namespace fwatchdog
