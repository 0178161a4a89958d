#include "http/server_connection.hpp"

#include <variant>

#include "http/body_framing.hpp"
#include "http/refusal.hpp"

namespace fwatchdog {

namespace {

using std::chrono::steady_clock;

/// A limit of the mode that is as long as write_timeout passes first, and gives its own answer and its name.
constexpr auto kOwnLimitFirst = std::chrono::milliseconds(20);
/// What a caller may still send after a final answer, in time and in bytes, before its connection is cut.
constexpr auto kLingerTime = std::chrono::seconds(2);
constexpr std::uint64_t kLingerBytes = 64U << 20U;
/// An unread body up to this size is read and forgotten so that the connection can be kept, as in Go.
constexpr std::uint64_t kForgottenBody = 256U << 10U;
/// How old a connection without a request may get when the server is told to end.
constexpr auto kFirstWords = std::chrono::milliseconds(250);
/// What an idle connection may keep of the memory for its heads.
constexpr std::size_t kKeptMemory = 16U << 10U;
/// What comes with a head up to this size is kept beside it rather than in a buffer that others could use.
constexpr std::size_t kSmallRest = 4U << 10U;

}  // namespace

ServerConnection::ServerConnection(HttpServer& server, Fd socket)
    : server_(server),
      stream_(server.loop_, std::move(socket), true, Stream::Kind::socket),
      parser_(HeadParser::Kind::request),
      body_(stream_, server.buffers_),
      response_(*this, stream_, server.date_),
      caller_watch_(*this),
      read_limit_(server.loop_, [this] { read_limit_passed(); }),
      write_limit_(server.loop_, [this] { write_limit_passed(); }),
      gone_timer_(server.loop_, [this] { caller_left(true); }) {
  next_ = server_.first_;
  if (next_ != nullptr) next_->previous_ = this;
  server_.first_ = this;
}

ServerConnection::~ServerConnection() {
  if (previous_ != nullptr) previous_->next_ = next_;
  if (next_ != nullptr) next_->previous_ = previous_;
  if (server_.first_ == this) server_.first_ = next_;
}

Task<void> ServerConnection::serve() {
  for (;;) {
    const bool has_head = co_await read_head();
    if (!has_head) break;
    const bool goes_on = co_await serve_request();
    if (!goes_on) break;
  }
  if (refusal_) co_await send_refusal();
  // Only where the caller may still be sending: anything else would let idle callers delay a shutdown.
  if (may_be_sending()) co_await linger();
  stream_.close();
}

/// False when the connection is to end: refusal_ tells whether something is to be said first.
Task<bool> ServerConnection::read_head() {
  parser_.reset();
  idle_ = in_.empty();
  // A large head or body behind us must not make waiting expensive.
  if (idle_ && in_.capacity() + pipelined_.capacity() > kKeptMemory) {
    std::string().swap(in_);
    std::string().swap(pipelined_);
  }
  if (server_.limits_.read_timeout > Nanoseconds::zero()) read_limit_.start(server_.limits_.read_timeout);
  if (!idle_) first_byte_ = last_bytes_ = steady_clock::now();
  for (;;) {
    const HeadParser::State state = in_.empty() ? HeadParser::State::incomplete : parser_.parse(in_);
    if (state == HeadParser::State::complete) {
      if (!lease_) rest_ = std::string_view(in_).substr(parser_.head_size());
      co_return true;
    }
    if (state == HeadParser::State::refused) {
      refusal_ = parser_.refusal();
      co_return false;
    }
    Result<std::size_t> got = Error(Errc::cancelled);
    if (!server_.draining_ || !idle_) got = co_await stream_.read(server_.buffers_, lease_);
    // A request that arrived before the connection was told to end is still served.
    if (!got.ok() && server_.draining_ && idle_) got = co_await read_what_is_here();
    if (!got.ok() || *got == 0) {
      lease_.give_back();
      caller_ended_ = got.ok();
      // An incomplete head whose time is over gets an answer; a caller that left gets none.
      if (read_timed_out_ && !idle_) refusal_ = Refusal{408, ""};
      co_return false;
    }
    last_bytes_ = steady_clock::now();
    if (idle_) {
      idle_ = false;
      first_byte_ = last_bytes_;
      if (server_.limits_.read_timeout > Nanoseconds::zero()) read_limit_.start(server_.limits_.read_timeout, first_byte_);
    }
    take_in(std::string_view(lease_.span().data(), *got));
  }
}

/// Who has only just connected has a moment to say what for: a proxy connects and then sends.
Task<Result<std::size_t>> ServerConnection::read_what_is_here() {
  lease_ = server_.buffers_.lend();
  Result<std::size_t> got = stream_.try_read(lease_.span());
  const bool fresh = first_byte_ == steady_clock::time_point() && steady_clock::now() - connected_ < kFirstWords;
  if (got.ok() || !fresh) co_return got;
  read_limit_.start(kFirstWords);
  got = co_await stream_.read(server_.buffers_, lease_);
  co_return got;
}

/// What was read goes to in_, but for much of a body that came with its head: that stays where it is, to be passed on from there.
void ServerConnection::take_in(std::string_view fresh) {
  const bool whole = in_.empty() && parser_.parse(fresh) == HeadParser::State::complete;
  if (whole && fresh.size() - parser_.head_size() > kSmallRest) {
    in_.assign(fresh.substr(0, parser_.head_size()));
    rest_ = fresh.substr(parser_.head_size());
    return;
  }
  in_.append(fresh);
  lease_.give_back();
}

/// False, with refusal_ set, where the head breaks a rule.
bool ServerConnection::make_request(Request& request) {
  const std::string_view bytes = in_;
  parser_.fields(bytes, headers_);
  request.method = parser_.method(bytes);
  request.raw_target = parser_.target(bytes);
  request.minor_version = parser_.minor_version();
  request.headers = &headers_;
  Result<Target> target = parse_target(request.method, request.raw_target);
  if (!target.ok()) {
    refusal_ = Refusal{400, target.error().what};
    return false;
  }
  request.target = *target;
  refusal_ = refusal_of_host(headers_, request.minor_version);
  if (refusal_) return false;
  request.host = request.target.form == Target::Form::absolute ? request.target.authority : headers_.get("Host").value_or("");

  auto framing = request_framing(headers_, request.minor_version);
  if (auto* refusal = std::get_if<Refusal>(&framing)) {
    refusal_ = std::move(*refusal);
    return false;
  }
  request.framing = std::get<BodyFraming>(framing);
  return true;
}

Task<bool> ServerConnection::serve_request() {
  Request request;
  if (!make_request(request)) co_return false;
  const bool http11 = request.minor_version > 0;
  RequestBody::Options options;
  if (http11) {
    refusal_ = refusal_of_expectation(headers_);
    if (refusal_) co_return false;
    options.expects_continue = headers_.any_has_token("Expect", kContinueExpectation);
  }
  options.framing = request.framing;
  options.max_bytes = server_.limits_.max_body_bytes;
  const bool keep =
      !headers_.any_has_token("Connection", "close") && (http11 || headers_.any_has_token("Connection", "keep-alive"));
  response_.start(request.method == "HEAD", request.minor_version, keep);
  begin_body(request, options);

  CancelSource cancel;
  request.body = &body_;
  request.cancel = &cancel;
  request.connection = this;
  request.begun = last_bytes_;
  co_await answer(request, cancel);

  const bool whole = response_.keeps_alive() && !write_timed_out_ && !read_timed_out_;
  if (!whole) co_return false;
  if (!body_.done()) {
    const bool body_done = co_await finish_body();
    if (!body_done) co_return false;
  }
  pipelined_.insert(0, body_.beyond());
  body_.release();
  in_.swap(pipelined_);
  pipelined_.clear();
  co_return !caller_ended_ || !in_.empty();
}

void ServerConnection::begin_body(const Request& request, const RequestBody::Options& options) {
  pipelined_.clear();
  const bool bodiless = request.framing.kind != BodyFraming::Kind::chunked && request.framing.length == 0;
  if (lease_ && bodiless) {  // the next requests need not keep a buffer while this one is served
    pipelined_.assign(rest_);
    rest_ = {};
    lease_.give_back();
  }
  body_.start(options, rest_, std::move(lease_), [this] {
    read_limit_.stop();
    if (cancel_ != nullptr) watch_caller();
  });
}

/// Runs the handler under the request's limits and makes sure that there is an answer.
Task<void> ServerConnection::answer(Request& request, CancelSource& cancel) {
  cancel_ = &cancel;
  request_ = &request;
  if (server_.limits_.write_timeout > Nanoseconds::zero())
    write_limit_.start(server_.limits_.write_timeout + kOwnLimitFirst, request.begun);
  watch_caller();
  co_await server_.handler_.handle(request, response_);
  if (!response_.finished() && !response_.head_sent()) {
    response_.start_again();
    response_.set_status(500);
    (void)co_await response_.send(std::string_view());  // the caller may have left: nothing more to do for it
  } else if (!response_.finished()) {
    response_.cut();
  }
  unwatch_caller();
  write_limit_.stop();
  gone_timer_.stop();
  cancel_ = nullptr;
  request_ = nullptr;
}

/// After an answer: reads what is left of a body that nobody wanted. False when the connection cannot be kept.
Task<bool> ServerConnection::finish_body() {
  std::uint64_t forgotten = 0;
  while (!body_.done()) {
    Result<std::string_view> piece = co_await body_.read();
    if (!piece.ok()) co_return false;
    forgotten += piece->size();
    if (forgotten > kForgottenBody) co_return false;
  }
  co_return true;
}

/// Asked when the head of an answer is made.
bool ServerConnection::may_keep_alive() const {
  if (server_.draining_ || write_timed_out_ || body_.failed() || body_.exceeds_limit() || body_.continue_unsent()) return false;
  // A handler that answers before it has read a large body does not want it.
  return body_.remaining().value_or(0) <= kForgottenBody;
}

std::string_view ServerConnection::leave_http() {
  unwatch_caller();
  write_limit_.stop();
  read_limit_.stop();
  gone_timer_.stop();
  pipelined_.insert(0, body_.beyond());
  return pipelined_;
}

void ServerConnection::restart_write_limit() {
  if (!write_timed_out_ && server_.limits_.write_timeout > Nanoseconds::zero()) write_limit_.start(server_.limits_.write_timeout);
}

Task<void> ServerConnection::send_refusal() {
  const std::string text = refusal_answer(*refusal_, server_.date_.now());
  write_limit_.start(kLingerTime);
  (void)co_await stream_.write(text);  // the last words on this connection, heard or not
  write_limit_.stop();
}

/// What the caller sends after a close resets the connection, which may take from it an answer that it has not read yet.
bool ServerConnection::may_be_sending() {
  if (stream_.closed() || caller_ended_) return false;
  if (refusal_ || !body_.done() || !body_.beyond().empty() || !pipelined_.empty()) return true;
  const BufferPool::Lease lease = server_.buffers_.lend();
  Result<std::size_t> got = stream_.try_read(lease.span());
  return got.ok() && *got > 0;
}

/// Ends our side and lets the caller end its own, so that its unread bytes do not reset the connection before it has read the
/// answer.
Task<void> ServerConnection::linger() {
  stream_.shutdown_write();
  read_timed_out_ = false;
  idle_ = true;
  read_limit_.start(kLingerTime);
  for (std::uint64_t read = 0; read < kLingerBytes;) {
    Result<std::size_t> got = co_await stream_.read(server_.buffers_, lease_);
    if (!got.ok() || *got == 0) break;
    read += *got;
  }
  read_limit_.stop();
}

void ServerConnection::drain() {
  if (idle_) stream_.watch().interrupt_reader(Error(Errc::cancelled));
}

void ServerConnection::abort() {
  if (cancel_ != nullptr) cancel_->request(CancelReason::shutdown);
  body_.interrupt(Error(Errc::cancelled));
  if (response_.begun() && !response_.finished()) response_.cut();
  stream_.close();
}

}  // namespace fwatchdog
