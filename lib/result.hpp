/// Errors as values. What goes wrong with input or with a system call is a Result, never an exception; exceptions are left to
/// programming errors and to the start of a program.
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace fwatchdog {

/// Conditions that callers branch on. Everything else is `system` or `invalid` and is passed on unopened.
enum class Errc {
  cancelled,      ///< the wait was ended by its owner (time limit, caller gone, shutdown)
  end_of_stream,  ///< the peer ended its stream in the middle of something
  timed_out,      ///< a time limit passed
  too_large,      ///< a bound on a size was exceeded
  invalid,        ///< the input breaks a rule; `what` says which
  unsupported,    ///< the input is well formed, but asks for what is not offered
  system,         ///< a system call failed; `sys` is its errno
};

/// Why something failed. `what` says what was attempted, or which rule was broken; it may be empty.
struct [[nodiscard]] Error {
  Errc code;
  int sys = 0;
  std::string what;

  // Constructors, because g++ 12 destroys temporary aggregates twice inside a co_await expression.
  explicit Error(Errc code_in) : code(code_in) {}
  Error(Errc code_in, std::string what_in) : code(code_in), what(std::move(what_in)) {}
  Error(Errc code_in, int sys_in, std::string what_in) : code(code_in), sys(sys_in), what(std::move(what_in)) {}

  /// The failure of a system call: `err` is an errno, `what` the thing attempted.
  static Error system(int err, std::string what = {}) { return Error(Errc::system, err, std::move(what)); }

  /// The whole of it for a log line: `connect to 127.0.0.1:3000: connection refused`.
  std::string text() const;
};

/// The system's text for an errno as Go prints it, that is with a small first letter: `permission denied`.
std::string errno_text(int err);

/// Either a T or an Error.
template <class T = void>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() {
    assert(ok());
    return *std::get_if<0>(&state_);
  }
  const T& value() const {
    assert(ok());
    return *std::get_if<0>(&state_);
  }
  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  Error& error() {
    assert(!ok());
    return *std::get_if<1>(&state_);
  }
  const Error& error() const {
    assert(!ok());
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return !error_; }
  explicit operator bool() const { return ok(); }

  Error& error() {
    assert(error_);
    return *error_;
  }
  const Error& error() const {
    assert(error_);
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

}  // namespace fwatchdog
