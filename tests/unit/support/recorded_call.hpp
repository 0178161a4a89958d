/// A request and its answer in memory, for handlers that are tested without a server.
#pragma once

#include <unistd.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "async/event.hpp"
#include "async/pump.hpp"
#include "http/handler.hpp"

namespace fwatchdog::test {

/// A body that comes in pieces, and may end in an error.
class GivenBody final : public BodySource {
 public:
  std::vector<std::string> pieces;
  std::optional<Error> failure;  ///< after the pieces
  std::optional<Error> interrupted;
  std::size_t reads = 0;

  Task<Result<std::string_view>> read() override {
    if (interrupted) co_return *interrupted;
    if (reads < pieces.size()) co_return std::string_view(pieces[reads++]);
    if (failure) co_return *failure;
    co_return std::string_view();
  }
  void interrupt(Error why) override {
    if (reads < pieces.size() || failure) interrupted = std::move(why);
  }
  Task<PumpEnd> pump_to(Stream& pipe) override { return pump(*this, pipe); }
  void let_go() override {}
  bool has_piece() const override { return true; }
  std::uint64_t taken() const override {
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < reads; ++i) bytes += pieces[i].size();
    return bytes;
  }
  bool has_rest() const override { return true; }
  std::span<const std::pair<std::string, std::string>> trailers() const override { return {}; }
};

/// A connection from 192.0.2.1 to 192.0.2.2, which notes what is asked of it.
class GivenConnection final : public RequestConnection {
 public:
  std::string limit;  ///< `paused resumed`
  EndAddress here{"192.0.2.2", 8080};
  EndAddress remote() const override { return EndAddress{"192.0.2.1", 40000}; }
  EndAddress local() const override { return here; }
  void pause_read_limit() override { limit += "paused "; }
  void resume_read_limit() override { limit += "resumed "; }
};

/// A request with all that it points to.
class GivenRequest {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;

  explicit GivenRequest(std::string method_in, std::string target_in = "/", Fields fields_in = {}, std::string body_in = {})
      : method_(std::move(method_in)), target_(std::move(target_in)), fields_(std::move(fields_in)) {
    for (const auto& [name, value] : fields_) headers_.add(Field{name, value});
    if (!body_in.empty()) {
      request.framing = BodyFraming{BodyFraming::Kind::length, body_in.size()};
      body.pieces.push_back(std::move(body_in));
    }
    request.method = method_;
    request.raw_target = target_;
    if (Result<Target> parsed = parse_target(method_, target_); parsed.ok()) request.target = *parsed;
    request.host = headers_.get("Host").value_or("");
    request.headers = &headers_;
    request.body = &body;
    request.cancel = &cancel;
    request.connection = &connection;
    request.begun = std::chrono::steady_clock::now();
  }
  GivenRequest(const GivenRequest&) = delete;
  GivenRequest& operator=(const GivenRequest&) = delete;

  GivenBody body;
  CancelSource cancel;
  GivenConnection connection;
  Request request;

 private:
  std::string method_;
  std::string target_;
  Fields fields_;
  Headers headers_;
};

/// An answer, as the handler gave it.
class RecordedResponse final : public ResponseWriter {
 public:
  std::string body;
  std::string fields;  ///< `Name: value\n`
  bool was_cut = false;

  /// `200 Content-Type: text/plain|hello`
  std::string text() const {
    return std::to_string(status_) + " " + fields + "|" + body + (finished_ ? "" : was_cut ? " [cut]" : " [open]");
  }
  /// The value of a field, empty where there is none.
  std::string field(std::string_view name) const {
    const std::size_t at = ("\n" + fields).find("\n" + std::string(name) + ": ");
    if (at == std::string::npos) return {};
    const std::size_t begin = at + name.size() + 2;
    return fields.substr(begin, fields.find('\n', begin) - begin);
  }

  void set_status(int status, std::string_view reason) override {
    status_ = status;
    reason_ = reason;
  }
  void add_field(std::string_view name, std::string_view value) override {
    fields.append(name).append(": ").append(value).append("\n");
  }
  void clear_fields() override { fields.clear(); }
  Task<Result<void>> send(std::string_view bytes) override {
    begin(bytes.size());
    body += bytes;
    announce_end();
    finished_ = true;
    co_return Result<void>();
  }
  Task<Result<void>> send(std::span<const std::string_view> pieces) override {
    std::string all;
    for (const std::string_view piece : pieces) all += piece;
    co_return co_await send(std::string_view(all));
  }
  void begin(std::optional<std::uint64_t> length) override {
    begun_ = true;
    declared_ = length;
  }
  Task<Result<void>> flush() override { co_return Result<void>(); }
  Task<Result<void>> write(std::string_view bytes) override {
    body += bytes;
    co_return Result<void>();
  }
  Task<Result<void>> write_file(int file, std::uint64_t offset, std::uint64_t length) override {
    std::string bytes(length, '\0');
    const ssize_t got = ::pread(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (got != static_cast<ssize_t>(length)) co_return Error(Errc::end_of_stream);
    body += bytes;
    co_return Result<void>();
  }
  void add_trailer(std::string_view, std::string_view) override {}
  Task<Result<void>> finish(std::string_view last) override {
    body += last;
    announce_end();
    finished_ = true;
    co_return Result<void>();
  }
  void cut() override { was_cut = true; }
  Task<Result<void>> send_interim(int) override { co_return Result<void>(); }
  Task<Result<Tunnel>> upgrade() override { co_return Error(Errc::unsupported); }
  void limit_only_silence() override {}
  bool begun() const override { return begun_; }
  bool finished() const override { return finished_; }
  int status() const override { return status_; }
  std::string_view reason() const override { return reason_; }
  std::uint64_t body_bytes() const override { return body.size(); }
  std::optional<std::uint64_t> declared_length() const override { return declared_; }

 private:
  int status_ = 200;
  std::string reason_;
  bool begun_ = false;
  bool finished_ = false;
  std::optional<std::uint64_t> declared_;
};

/// A handler that does what the test says, when it says so.
class GivenHandler final : public Handler {
 public:
  int status = 200;
  std::string answer = "answer";
  bool answers = true;
  std::size_t calls = 0;
  std::string seen;       ///< `GET /path` of the last call
  Event* gate = nullptr;  ///< waits for it, where there is one

  Task<void> handle(Request& request, ResponseWriter& response) override {
    ++calls;
    seen = std::string(request.method) + " " + std::string(request.raw_target);
    if (gate != nullptr) co_await gate->wait();
    if (!answers) co_return;
    response.set_status(status);
    (void)co_await response.send(std::string_view(answer));
  }
};

/// Runs one call to its end.
inline std::string answer_of(Handler& handler, GivenRequest& given) {
  Loop loop;
  RecordedResponse response;
  loop.run(handler.handle(given.request, response));
  return response.text();
}
inline std::string answer_of(Handler& handler, std::string method, std::string target, GivenRequest::Fields fields = {}) {
  GivenRequest given(std::move(method), std::move(target), std::move(fields));
  return answer_of(handler, given);
}

}  // namespace fwatchdog::test
