/// HttpResponse: the ResponseWriter of one connection. Framing is chosen once, when the head goes out.
#pragma once

#include <array>
#include <string>

#include "http/chunked.hpp"
#include "http/date_cache.hpp"
#include "http/handler.hpp"

namespace fwatchdog {

class HttpResponse final : public ResponseWriter {
 public:
  /// The connection, as its answers know it.
  class Connection {
   public:
    /// Asked when the head goes out: may another request follow this answer?
    virtual bool may_keep_alive() const = 0;
    /// The connection leaves HTTP; what was read ahead.
    virtual std::string_view leave_http() = 0;
    /// Bytes of an answer for which only silence is limited have left.
    virtual void restart_write_limit() = 0;

   protected:
    ~Connection() = default;
  };

  HttpResponse(Connection& connection, Stream& stream, DateCache& date) : connection_(connection), stream_(stream), date_(date) {}

  /// For the next request: what its head says about the answer's form.
  void start(bool is_head, int minor_version, bool wants_keep_alive);
  /// Forgets an answer of which no byte has left.
  void start_again() { start(is_head_, minor_version_, wants_keep_alive_); }

  void set_status(int status, std::string_view reason = {}) override;
  void add_field(std::string_view name, std::string_view value) override;
  void clear_fields() override;
  Task<Result<void>> send(std::string_view body) override;
  Task<Result<void>> send(std::span<const std::string_view> pieces) override;
  void begin(std::optional<std::uint64_t> length) override;
  Task<Result<void>> flush() override;
  Task<Result<void>> write(std::string_view bytes) override;
  Task<Result<void>> write_file(int file, std::uint64_t offset, std::uint64_t length) override;
  void add_trailer(std::string_view name, std::string_view value) override;
  Task<Result<void>> finish(std::string_view last = {}) override;
  void cut() override;
  Task<Result<void>> send_interim(int status) override;
  Task<Result<Tunnel>> upgrade() override;
  void limit_only_silence() override { limits_silence_ = true; }

  bool begun() const override { return begun_; }
  bool finished() const override { return finished_; }
  int status() const override { return status_; }
  std::string_view reason() const override { return reason_; }
  std::uint64_t body_bytes() const override { return body_bytes_; }
  std::optional<std::uint64_t> declared_length() const override { return declared_; }

  /// True when any byte of the final answer has left.
  bool head_sent() const { return head_sent_; }
  /// The connection can serve the next request: the answer is whole and did not promise to close.
  bool keeps_alive() const { return finished_ && keep_alive_; }

 private:
  enum class Framing { none, length, chunked, until_close };

  void compose_head(std::string_view first_bytes);
  std::string_view reason_or_phrase() const;
  Task<Result<void>> send_pieces(std::span<const std::string_view> pieces);
  Task<Result<void>> write_pieces(std::span<const std::string_view> pieces);
  bool has_body() const { return framing_ != Framing::none; }

  Connection& connection_;
  Stream& stream_;
  DateCache& date_;

  bool is_head_ = false;
  bool wants_keep_alive_ = false;
  int minor_version_ = 1;

  int status_ = 200;
  std::string reason_;
  std::string fields_;
  std::string trailers_;
  bool has_type_ = false;
  bool has_coding_ = false;
  bool has_date_ = false;

  std::string head_;  // composed, to go out with the first bytes
  Framing framing_ = Framing::none;
  bool begun_ = false;
  bool head_composed_ = false;
  bool head_sent_ = false;
  bool finished_ = false;
  bool keep_alive_ = false;
  bool limits_silence_ = false;
  std::optional<std::uint64_t> declared_;
  std::uint64_t body_bytes_ = 0;
};

}  // namespace fwatchdog
