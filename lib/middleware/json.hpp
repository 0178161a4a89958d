/// JSON texts of strangers (RFC 8259): parsed whole, looked at by value. Jansson does the parsing; this is the only place that
/// knows it.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "result.hpp"

struct json_t;

namespace fwatchdog {

/// A value inside of a Json, with which it dies. Asking for what is not there gives nothing, and never fails.
class JsonValue {
 public:
  explicit JsonValue(const json_t* value) : value_(value) {}

  /// Not there, or null.
  bool missing() const;
  bool is_object() const;
  bool is_list() const;
  std::optional<std::string_view> text() const;
  /// Whole or not, as JSON does not tell them apart.
  std::optional<double> number() const;

  /// Of an object.
  JsonValue member(const char* name) const;
  /// Of a list; 0 for everything else.
  std::size_t size() const;
  JsonValue at(std::size_t index) const;

 private:
  const json_t* value_;
};

class Json {
 public:
  /// An object or a list. Errc::invalid for what is no JSON, for text that is not UTF-8 or has a NUL in it, for numbers beyond 64
  /// bits or a double, and where a name comes twice in an object, which two readers could understand differently. The error's
  /// text tells the place and shows nothing of the content.
  static Result<Json> parse(std::string_view text);

  JsonValue root() const { return JsonValue(root_.get()); }

 private:
  struct Release {
    void operator()(json_t* value) const;
  };
  explicit Json(json_t* root) : root_(root) {}
  std::unique_ptr<json_t, Release> root_;
};

}  // namespace fwatchdog
