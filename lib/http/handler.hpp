/// The seam at which server, middleware and modes meet.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "async/stream.hpp"
#include "async/task.hpp"
#include "http/message.hpp"
#include "result.hpp"

namespace fwatchdog {

/// A connection that has left HTTP. Both live until the handler has returned.
struct Tunnel {
  Stream* stream = nullptr;
  std::string_view early;  ///< what the caller sent already
};

class ResponseWriter;

/// Something that is to be true once the caller has the whole answer: a request that is counted, a slot that is free. Who asks
/// for it in the next moment, perhaps of another worker, must find it so; after the last write it would be too late. An answer
/// whose last bytes may have to wait for the caller is not announced. Hooks nest like the handlers that hold them.
class AnswerEndHook {
 public:
  /// `response` must outlive the hook.
  explicit AnswerEndHook(ResponseWriter& response);
  AnswerEndHook(const AnswerEndHook&) = delete;
  AnswerEndHook& operator=(const AnswerEndHook&) = delete;
  /// Called at most once, with the last bytes counted and not yet sent.
  virtual void before_end() = 0;

 protected:
  ~AnswerEndHook();

 private:
  friend class ResponseWriter;
  ResponseWriter& response_;
  AnswerEndHook* outer_;
};

/// The answer to one request. Either send() once, or begin(), then write() and finish(). Framing, Date, Connection and, where a
/// body has no type, Content-Type are added here and nowhere else. Every await is the caller's back-pressure; an error means that
/// the caller cannot be reached any more (Errc::cancelled, Errc::system) and that there is nothing left to say.
class ResponseWriter : public Sink {
 public:
  /// Before the head goes out. `reason` empty: the standard phrase.
  virtual void set_status(int status, std::string_view reason = {}) = 0;
  /// Appends a field line. Content-Length, Transfer-Encoding and Connection are not for the caller to add.
  virtual void add_field(std::string_view name, std::string_view value) = 0;
  /// Takes back all fields that were added, before the head goes out.
  virtual void clear_fields() = 0;

  /// The whole answer with its length, in one system call where possible.
  virtual Task<Result<void>> send(std::string_view body) = 0;
  /// The same for a body in pieces.
  virtual Task<Result<void>> send(std::span<const std::string_view> pieces) = 0;

  /// Decides the framing: `length` bytes, or until finish(). The head goes out with the first bytes, or by flush().
  virtual void begin(std::optional<std::uint64_t> length) = 0;
  virtual Task<Result<void>> flush() = 0;
  Task<Result<void>> write(std::string_view bytes) override = 0;
  /// `length` bytes of the open file from `offset`, by the kernel.
  virtual Task<Result<void>> write_file(int file, std::uint64_t offset, std::uint64_t length) = 0;
  /// A trailer field, sent by finish() where the framing has a place for it (chunked).
  virtual void add_trailer(std::string_view name, std::string_view value) = 0;
  /// The answer is whole with the `last` bytes, which go out with its end in one system call where possible.
  virtual Task<Result<void>> finish(std::string_view last = {}) = 0;
  /// Breaks the answer off so that the caller can tell: the connection ends without the end of the body.
  virtual void cut() = 0;

  /// An interim answer (1xx) with the fields added so far, which are then forgotten.
  virtual Task<Result<void>> send_interim(int status) = 0;

  /// Answers 101 with the fields added so far and `Connection: Upgrade`, and hands the connection over. It ends with the handler.
  virtual Task<Result<Tunnel>> upgrade() = 0;
  /// From now on the server's limit for the answer counts from the last write: for streams that go on as long as something comes.
  virtual void limit_only_silence() = 0;

  virtual bool begun() const = 0;
  virtual bool finished() const = 0;
  virtual int status() const = 0;
  /// As given to set_status(), else empty.
  virtual std::string_view reason() const = 0;
  /// Bytes of the body that were handed over.
  virtual std::uint64_t body_bytes() const = 0;
  /// The length that was known when the head went out.
  virtual std::optional<std::uint64_t> declared_length() const = 0;

  /// The call has failed after its answer began, which the caller sees only by its missing end: what the log tells instead of
  /// status().
  void fail_with(int status) { failed_with_ = status; }
  /// 0: it has not.
  int failed_with() const { return failed_with_; }

  /// For a call that goes on after its answer: its slot stays taken, and it is counted when it has ended.
  void outlive_answer() { hooks_ = nullptr; }

 protected:
  void forget_failure() { failed_with_ = 0; }
  /// To be called before the write that makes the answer whole.
  void announce_end() {
    for (AnswerEndHook* hook = std::exchange(hooks_, nullptr); hook != nullptr; hook = hook->outer_) hook->before_end();
  }

 private:
  friend class AnswerEndHook;
  AnswerEndHook* hooks_ = nullptr;  // the innermost
  int failed_with_ = 0;
};

inline AnswerEndHook::AnswerEndHook(ResponseWriter& response)
    : response_(response), outer_(std::exchange(response.hooks_, this)) {}

inline AnswerEndHook::~AnswerEndHook() {
  if (response_.hooks_ == this) response_.hooks_ = outer_;
}

/// Answers requests. One call for each; calls run side by side on one loop.
class Handler {
 public:
  virtual ~Handler() = default;
  /// `request` and `response` live until the task has ended. A handler that ends without an answer is answered for with 500; one
  /// that began an answer and did not finish it has it cut off.
  virtual Task<void> handle(Request& request, ResponseWriter& response) = 0;
};

}  // namespace fwatchdog
