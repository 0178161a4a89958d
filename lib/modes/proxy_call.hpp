/// ProxyCall: one call through the reverse proxy, from the request to the end of the answer.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/client_connection.hpp"
#include "http/handler.hpp"
#include "modes/reverse_proxy.hpp"
#include "modes/time_limit.hpp"

namespace fwatchdog {

class ProxyCall {
 public:
  ProxyCall(ReverseProxy& proxy, Request& request, ResponseWriter& response);

  /// Passes the call on and its answer back.
  Task<void> forward();
  /// Then one of these: the caller or the upstream failed, and the answer says so where one can still be given; or the upstream's
  /// connection is kept.
  bool failed() const { return failure_.has_value() || body_error_.has_value(); }
  Task<void> answer_failure();
  void succeeded();

 private:
  class Pieces;
  enum class Attempt { done, failed, repeat };

  TimeLimit limit_of_call() const;
  Task<bool> read_whole_body();
  bool take_idle_connection();
  Task<bool> connect();
  Task<Attempt> attempt();
  Attempt end_of_attempt();
  bool first_piece_is_there() const;
  void compose_first(Pieces& pieces);
  void first_written(const Result<void>& written);
  Task<void> send_body();
  std::string last_chunk() const;
  Task<void> receive_answer();
  Task<Result<void>> receive();
  void answer_received(Result<void> received);
  Result<std::string_view> begin_answer(const ResponseHead& head);
  Task<Result<void>> relay_body(std::string_view piece);
  Task<Result<void>> tunnel(const ResponseHead& head);
  void add_fields(const ResponseHead& head);
  bool may_repeat() const;
  void log_failure();
  void stopped();
  std::string duration() const;

  ReverseProxy& proxy_;
  Request& request_;
  ResponseWriter& response_;
  BodyFraming framing_;  // of the body as it is sent
  bool upgrade_;
  bool streams_;
  TimeLimit limit_;
  CancelSource stop_;
  Deadline deadline_;
  std::unique_ptr<ClientConnection> connection_;
  std::string held_body_;   // where it was read whole
  std::string_view piece_;  // of the body: goes out with the head
  std::chrono::steady_clock::time_point attempted_at_;
  std::uint64_t written_before_ = 0;  // on connection_, by earlier exchanges
  bool from_pool_ = false;            // connection_ was idle before: it may be dead by now
  bool body_sent_ = false;
  bool body_lost_ = false;  // some of it was sent and cannot be sent again
  bool write_failed_ = false;
  bool answer_done_ = false;
  std::optional<Error> body_error_;  // the caller's
  std::optional<Error> failure_;     // the upstream's
  CancelHook on_request_end_;
  CancelHook on_stop_;
};

}  // namespace fwatchdog
