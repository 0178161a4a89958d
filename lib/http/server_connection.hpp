/// ServerConnection: the request loop of one connection. Reads a head, calls the handler, sees to the end of the answer; again.
#pragma once

#include <optional>
#include <string>

#include "async/cancel.hpp"
#include "async/timer.hpp"
#include "http/head_parser.hpp"
#include "http/http_response.hpp"
#include "http/http_server.hpp"
#include "http/request_body.hpp"

namespace fwatchdog {

class ServerConnection final : private HttpResponse::Connection, private RequestConnection {
 public:
  ServerConnection(HttpServer& server, Fd socket);
  ~ServerConnection();

  /// Serves requests until the connection ends.
  Task<void> serve();

  /// Ends when idle, else after the current answer.
  void drain();
  /// Ends at once.
  void abort();

 private:
  friend class HttpServer;

  /// Sees, while the handler runs, that the caller sends more or goes away.
  class CallerWatch final : public FdWatch::Waiter {
   public:
    explicit CallerWatch(ServerConnection& connection) : connection_(connection) {}
    void ready(Result<void> how) override;

   private:
    ServerConnection& connection_;
  };

  Task<bool> read_head();
  Task<Result<std::size_t>> read_what_is_here();
  void take_in(std::string_view fresh);
  void begin_body(const Request& request, const RequestBody::Options& options);
  Task<bool> serve_request();
  Task<void> answer(Request& request, CancelSource& cancel);
  bool make_request(Request& request);
  Task<void> send_refusal();
  Task<bool> finish_body();
  bool may_be_sending();
  Task<void> linger();

  void watch_caller();
  void unwatch_caller();
  bool reads_ahead() const;
  void read_ahead();
  void caller_left(bool at_once);
  void read_limit_passed();
  void write_limit_passed();
  bool may_keep_alive() const override;
  std::string_view leave_http() override;
  void restart_write_limit() override;
  EndAddress remote() const override { return remote_address(stream_.fd()); }
  EndAddress local() const override { return local_address(stream_.fd()); }
  void pause_read_limit() override;
  void resume_read_limit() override;

  HttpServer& server_;
  Stream stream_;
  std::string in_;           // read and not yet done with; frozen while a handler runs, for its views
  BufferPool::Lease lease_;  // what was just read, until its request is known
  std::string_view rest_;    // of what was read, behind the head; in the lease or in in_
  std::string pipelined_;    // read while a handler ran
  HeadParser parser_;
  Headers headers_;
  RequestBody body_;
  HttpResponse response_;
  CallerWatch caller_watch_;

  Timer read_limit_;
  Timer write_limit_;
  Timer gone_timer_;

  std::optional<Refusal> refusal_;
  CancelSource* cancel_ = nullptr;    // of the request in the handler
  const Request* request_ = nullptr;  // the same
  std::chrono::steady_clock::time_point connected_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point first_byte_;  // of the last request; the epoch before the first one
  std::chrono::steady_clock::time_point last_bytes_;  // of the head
  std::chrono::steady_clock::time_point paused_at_;   // the read limit; the beginning of the clock where it is not
  bool idle_ = true;                                  // between requests
  bool read_timed_out_ = false;
  bool write_timed_out_ = false;
  bool caller_ended_ = false;  // it will send no more

  ServerConnection* next_ = nullptr;
  ServerConnection* previous_ = nullptr;
};

}  // namespace fwatchdog
