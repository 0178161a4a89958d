#include "modes/proxy_call.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "async/combine.hpp"
#include "config/duration.hpp"
#include "http/hop_by_hop.hpp"
#include "http/request_body.hpp"
#include "log/seconds.hpp"
#include "modes/no_memory.hpp"
#include "modes/proxy_request.hpp"
#include "modes/proxy_tunnel.hpp"

namespace fwatchdog {

namespace {

/// What servers take of a request with their first read, at least.
constexpr std::uint64_t kReadAtOnce = 4096;
/// A new connection that is not answered for so long may be one too many for its server, while another worker holds an idle one.
constexpr auto kOfOthers = std::chrono::milliseconds(20);
/// How long it may take to learn that a request crossed with the end of its connection.
constexpr auto kCrossing = std::chrono::milliseconds(50);

/// RFC 9110 9.2.2.
bool is_idempotent(std::string_view method) {
  static constexpr std::array<std::string_view, 6> kMethods = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"};
  return std::find(kMethods.begin(), kMethods.end(), method) != kMethods.end();
}

}  // namespace

/// What leaves in one system call.
class ProxyCall::Pieces {
 public:
  void add(std::string_view text) { pieces_[count_++] = iovec{const_cast<char*>(text.data()), text.size()}; }
  void add_body(std::string_view piece, const BodyFraming& framing) {
    const bool chunked = framing.kind == BodyFraming::Kind::chunked;
    if (chunked) add(std::string_view(chunk_line_.data(), chunk_head(chunk_line_.data(), piece.size())));
    add(piece);
    if (chunked) add(kChunkEnd);
  }
  std::span<iovec> all() { return std::span<iovec>(pieces_.data(), count_); }

 private:
  std::array<char, kMaxChunkHead> chunk_line_;
  std::array<iovec, 4> pieces_;
  std::size_t count_ = 0;
};

ProxyCall::ProxyCall(ReverseProxy& proxy, Request& request, ResponseWriter& response)
    : proxy_(proxy),
      request_(request),
      response_(response),
      framing_(request.framing),
      upgrade_(asks_for_upgrade(request)),
      streams_(accepts_event_stream(request)),
      limit_(limit_of_call()),
      deadline_(proxy.loop(), limit_.time, stop_),
      on_request_end_(request.token(), [this] { stop_.request(request_.cancel->reason()); }),
      on_stop_(CancelToken(stop_), [this] { stopped(); }) {
  if (streams_) response_.limit_only_silence();
}

TimeLimit ProxyCall::limit_of_call() const {
  // A stream of events goes on as long as it has something to say; only the caller can want less.
  return time_limit_of(request_, streams_ ? Nanoseconds::zero() : proxy_.options().exec_timeout);
}

void ProxyCall::succeeded() {
  proxy_.signal().succeeded();
  // A server that was asked to leave HTTP, and did not, may read what follows in a way of its own: Node then hides its errors.
  if (body_sent_ && !upgrade_) proxy_.pool().give_back(std::move(connection_));
}

/// Ends everything that waits: a closed connection and an interrupted body wake their readers.
void ProxyCall::stopped() {
  if (connection_) connection_->close();
  request_.body->interrupt(Error(Errc::cancelled));
}

Task<void> ProxyCall::forward() {
  if (!proxy_.gate().open()) {
    const bool open = co_await proxy_.gate().wait(CancelToken(stop_));
    if (!open) {
      failure_ = Error(Errc::unsupported, proxy_.gate().reason());
      co_return;
    }
  }
  if (proxy_.options().buffer_body) {
    const bool whole = co_await read_whole_body();
    if (!whole) co_return;
  }
  for (bool fresh = false;; fresh = true) {
    from_pool_ = !fresh && take_idle_connection();
    if (!from_pool_) {
      const bool connected = co_await connect();
      if (!connected) co_return;
    }
    std::optional<Timer> unanswered;
    if (!from_pool_ && proxy_.signal().has_others()) {
      unanswered.emplace(proxy_.loop(), [this] { proxy_.signal().end_idle_of_others(proxy_.pool()); });
      unanswered->start(kOfOthers);
    }
    const Attempt end = co_await attempt();
    if (end != Attempt::repeat) co_return;
    proxy_.pool().note_repeated();
    failure_.reset();
  }
}

Task<bool> ProxyCall::read_whole_body() {
  Result<bool> held = co_await hold_in_memory(*request_.body, held_body_, kNoLimit);
  if (!held.ok()) {
    body_error_ = std::move(held.error());
    if (is_no_memory(*body_error_)) proxy_.logger().error("{}", body_error_->text());
    co_return false;
  }
  if (framing_.kind != BodyFraming::Kind::none) {
    framing_.kind = BodyFraming::Kind::length;
    framing_.length = held_body_.size();
  }
  co_return true;
}

bool ProxyCall::take_idle_connection() {
  const bool can_repeat = is_idempotent(request_.method) && framing_.kind == BodyFraming::Kind::none;
  connection_ = proxy_.pool().take_idle(can_repeat ? ClientPool::OnClosed::repeated : ClientPool::OnClosed::lost);
  return connection_ != nullptr;
}

Task<bool> ProxyCall::connect() {
  Result<std::unique_ptr<ClientConnection>> made = co_await proxy_.pool().connect(CancelToken(stop_));
  if (!made.ok()) {
    failure_ = std::move(made.error());
    co_return false;
  }
  connection_ = std::move(*made);
  if (stop_.requested()) connection_->close();
  co_return true;
}

/// One exchange on connection_. Head and first piece of the body: most requests leave in one system call.
Task<ProxyCall::Attempt> ProxyCall::attempt() {
  written_before_ = connection_->written();
  attempted_at_ = std::chrono::steady_clock::now();
  connection_->begin(request_.method);
  write_failed_ = false;
  body_sent_ = false;
  if (first_piece_is_there()) {
    Result<std::string_view> piece = co_await request_.body->read();
    if (piece.ok()) piece_ = *piece;  // an error comes again, to send_body()
  }
  Pieces pieces;
  compose_first(pieces);
  Result<void> written = co_await connection_->write(pieces.all());
  first_written(written);
  if (body_sent_) {
    Result<void> received = co_await receive();
    answer_received(std::move(received));
  } else {
    co_await when_all(proxy_.loop(), send_body(), receive_answer());
  }
  co_return end_of_attempt();
}

ProxyCall::Attempt ProxyCall::end_of_attempt() {
  if (!failure_) return Attempt::done;
  const bool again = may_repeat();
  if (from_pool_ && !connection_->answered() && connection_->was_reset(*failure_)) proxy_.pool().note_crossed();
  connection_.reset();
  return again ? Attempt::repeat : Attempt::failed;
}

/// A kept connection that died before it answered: the request may go out once more where that cannot do anything twice.
bool ProxyCall::may_repeat() const {
  if (stop_.requested() || body_error_ || response_.begun()) return false;
  if (!from_pool_ || connection_->answered() || body_lost_) return false;
  if (failure_->code != Errc::end_of_stream && failure_->code != Errc::system) return false;
  const std::uint64_t sent = connection_->written() - written_before_;
  if (is_idempotent(request_.method) || sent == 0) return true;
  // It crossed with the end of the connection: nobody has read it, for what is small is read whole or not at all. Who resets
  // later than that may have worked on it.
  const bool at_once = std::chrono::steady_clock::now() - attempted_at_ < kCrossing;
  return at_once && sent <= kReadAtOnce && connection_->was_reset(*failure_);
}

bool ProxyCall::first_piece_is_there() const {
  return held_body_.empty() && piece_.empty() && framing_.kind != BodyFraming::Kind::none && request_.body->has_piece();
}

void ProxyCall::compose_first(Pieces& pieces) {
  std::string& head = connection_->head_buffer();
  compose_proxy_request(head, request_, proxy_.options().upstream, framing_, upgrade_);
  pieces.add(head);
  if (!held_body_.empty()) piece_ = held_body_;
  if (!piece_.empty()) pieces.add_body(piece_, framing_);
}

void ProxyCall::first_written(const Result<void>& written) {
  write_failed_ = !written.ok();
  if (write_failed_) return;  // the upstream may have answered all the same: what it said will tell
  const std::size_t sent = piece_.size();
  body_sent_ =
      framing_.kind == BodyFraming::Kind::none || (framing_.kind == BodyFraming::Kind::length && sent == framing_.length);
  // piece_ stays where the request may have to go out once more: see may_repeat()
  if (body_sent_ && (is_idempotent(request_.method) || connection_->written() - written_before_ <= kReadAtOnce)) return;
  body_lost_ = sent > 0;
  piece_ = {};
  if (held_body_.empty()) request_.body->let_go();
}

/// The rest of the body, while the answer may already come.
Task<void> ProxyCall::send_body() {
  const bool chunked = framing_.kind == BodyFraming::Kind::chunked;
  while (!write_failed_ && !answer_done_) {
    Result<std::string_view> piece = co_await request_.body->read();
    if (!piece.ok()) {
      if (answer_done_ || stop_.requested()) co_return;
      body_error_ = std::move(piece.error());
      connection_->close();  // the upstream must not take what it has for the whole
      co_return;
    }
    body_lost_ = true;
    if (piece->empty() && chunked) {
      const std::string end = last_chunk();
      Result<void> ended = co_await connection_->write(end);
      body_sent_ = ended.ok();
      co_return;
    }
    body_sent_ = piece->empty();
    if (body_sent_) co_return;
    Pieces pieces;
    pieces.add_body(*piece, framing_);
    Result<void> written = co_await connection_->write(pieces.all());
    write_failed_ = !written.ok();  // the upstream does not want more; its answer tells why
  }
}

std::string ProxyCall::last_chunk() const {
  std::string end = "0\r\n";
  for (const auto& [name, value] : request_.body->trailers()) append_field(end, name, value);
  return end.append("\r\n");
}

Task<void> ProxyCall::receive_answer() {
  Result<void> received = co_await receive();
  answer_received(std::move(received));
}

void ProxyCall::answer_received(Result<void> received) {
  answer_done_ = true;
  if (!received.ok()) failure_ = std::move(received.error());
  if (body_sent_) return;
  // An answer that is whole before the request is: nobody wants the rest.
  connection_->close();
  request_.body->interrupt(Error(Errc::cancelled));
}

Task<Result<void>> ProxyCall::receive() {
  for (;;) {
    Result<ResponseHead> head = co_await connection_->read_head();
    if (!head.ok()) co_return head.error();
    if (head->status == 101) {
      if (!upgrade_) co_return Error(Errc::invalid, "malformed HTTP response: 101 without a request to switch protocols");
      co_return co_await tunnel(*head);
    }
    if (head->status >= 200) {
      Result<std::string_view> first = begin_answer(*head);
      if (!first.ok()) co_return first.error();
      co_return co_await relay_body(*first);
    }
    if (head->status == 100) continue;  // the caller's Expect was ours to answer
    add_fields(*head);
    Result<void> told = co_await response_.send_interim(head->status);
    if (!told.ok()) {
      stop_.request(CancelReason::peer_gone);
      co_return Error(Errc::cancelled);
    }
  }
}

void ProxyCall::add_fields(const ResponseHead& head) {
  const bool tunnels = head.status == 101;
  const HopByHop hop_by_hop(head.headers->all(), tunnels ? HopByHop::Upgrade::kept : HopByHop::Upgrade::dropped);
  for (const Field& field : *head.headers) {
    if (hop_by_hop.drops(field.name)) continue;
    if (equal_ignoring_case(field.name, "Content-Length") || equal_ignoring_case(field.name, "X-Duration-Seconds")) continue;
    response_.add_field(field.name, field.value);
  }
}

Result<std::string_view> ProxyCall::begin_answer(const ResponseHead& head) {
  response_.set_status(head.status, head.reason);
  add_fields(head);
  response_.add_field("X-Duration-Seconds", duration());
  std::optional<std::uint64_t> length;
  // The length of a HEAD answer tells what GET would have got; where it says nothing the length is not known.
  const bool has_no_body = head.framing.kind == BodyFraming::Kind::none && request_.method != "HEAD";
  if (has_no_body || head.framing.kind == BodyFraming::Kind::length || head.headers->get("Content-Length"))
    length = head.framing.length;
  // What came with the head leaves with it; where that is malformed nothing has left yet, and the answer is an error.
  Result<std::string_view> first = connection_->buffered_body();
  if (first.ok()) response_.begin(length);
  return first;
}

/// `piece`: what came with the head.
Task<Result<void>> ProxyCall::relay_body(std::string_view piece) {
  Result<void> written;
  while (written.ok()) {
    if (connection_->body_done()) {
      for (const auto& [name, value] : connection_->trailers()) response_.add_trailer(name, value);
      written = co_await response_.finish(piece);
      if (written.ok()) co_return written;
      break;
    }
    if (piece.empty()) {  // with the head only, which must not wait
      written = co_await response_.flush();
    } else {
      written = co_await response_.write(piece);
    }
    if (!written.ok()) break;
    Result<std::string_view> next = co_await connection_->read_body();
    if (!next.ok()) co_return next.error();
    piece = *next;
  }
  stop_.request(CancelReason::peer_gone);
  co_return Error(Errc::cancelled);
}

Task<Result<void>> ProxyCall::tunnel(const ResponseHead& head) {
  response_.set_status(101, head.reason);
  add_fields(head);
  Result<Tunnel> opened = co_await response_.upgrade();
  if (!opened.ok()) co_return opened.error();
  deadline_.stop();
  co_await run_tunnel(proxy_.loop(), *opened, *connection_, proxy_.options().write_timeout, CancelToken(stop_));
  co_return Result<void>();
}

std::string ProxyCall::duration() const {
  std::string seconds;
  append_seconds<6>(seconds, std::chrono::steady_clock::now() - request_.begun);
  return seconds;
}

void ProxyCall::log_failure() {
  Logger& logger = proxy_.logger();
  if (deadline_.passed()) {
    log_limit(logger, limit_.name, request_, std::chrono::steady_clock::now() - request_.begun, proxy_.options().log_query);
  }
  const std::string limit = format_go_duration(limit_.time);
  const bool gate_shut = failure_->code == Errc::unsupported;
  std::string why = failure_->text();
  if (deadline_.passed() && !gate_shut) why = fmt::format("no answer within {}", limit);
  if (!deadline_.passed() && stop_.reason() == CancelReason::time_limit) why = "no answer within write_timeout";
  logger.info("Upstream HTTP request error: {}", why);
  if (deadline_.passed()) logger.info("Upstream HTTP killed due to {}: {}", limit_.name, limit);
}

Task<void> ProxyCall::answer_failure() {
  if (stop_.reason() == CancelReason::peer_gone || stop_.reason() == CancelReason::shutdown) co_return;
  const bool caller_failed = body_error_ && !deadline_.passed();
  if (!caller_failed) {
    if (!failure_) failure_ = Error(Errc::cancelled);
    log_failure();
    proxy_.signal().failed();
  }
  if (response_.begun()) {
    response_.cut();
    co_return;
  }
  response_.clear_fields();
  if (caller_failed) {
    const std::string text = body_error_->text() + "\n";
    response_.set_status(status_of_body_error(*body_error_));
    (void)co_await response_.send(text);  // the caller may have left
    co_return;
  }
  response_.set_status(stop_.reason() == CancelReason::time_limit ? 504 : 500);
  response_.add_field("X-Duration-Seconds", duration());
  response_.add_field("X-OpenFaaS-Internal", "of-watchdog");
  (void)co_await response_.send(std::string_view());  // the caller may have left
}

}  // namespace fwatchdog
