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

  Task<void> run();

 private:
  enum class Attempt { done, failed, repeat };

  TimeLimit limit_of_call() const;
  Task<void> forward();
  Task<bool> read_whole_body();
  Task<bool> take_connection(bool fresh);
  Task<Attempt> attempt();
  Task<void> send_head();
  Task<void> send_body();
  std::string last_chunk() const;
  Task<void> receive_answer();
  Task<Result<void>> receive();
  Task<Result<void>> relay(const ResponseHead& head);
  Task<Result<void>> relay_body(std::string_view first);
  Task<Result<void>> tunnel(const ResponseHead& head);
  void add_fields(const ResponseHead& head);
  bool may_repeat(std::uint64_t written_before) const;
  Task<void> answer_failure();
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
  bool from_pool_ = false;  // connection_ was idle before: it may be dead by now
  bool body_sent_ = false;
  bool body_lost_ = false;  // some of it was sent and cannot be sent again
  bool write_failed_ = false;
  bool answer_done_ = false;
  std::optional<Error> body_error_;  // the caller's
  std::optional<Error> failure_;     // the upstream's
};

}  // namespace fwatchdog
