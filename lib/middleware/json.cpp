#include "middleware/json.hpp"

#include <jansson.h>

#include <string>

namespace fwatchdog {

bool JsonValue::missing() const { return value_ == nullptr || json_is_null(value_); }

bool JsonValue::is_object() const { return json_is_object(value_); }

bool JsonValue::is_list() const { return json_is_array(value_); }

std::optional<std::string_view> JsonValue::text() const {
  if (!json_is_string(value_)) return std::nullopt;
  return std::string_view(json_string_value(value_), json_string_length(value_));
}

std::optional<double> JsonValue::number() const {
  if (!json_is_number(value_)) return std::nullopt;
  return json_number_value(value_);
}

JsonValue JsonValue::member(const char* name) const { return JsonValue(json_object_get(value_, name)); }

std::size_t JsonValue::size() const { return json_array_size(value_); }

JsonValue JsonValue::at(std::size_t index) const { return JsonValue(json_array_get(value_, index)); }

void Json::Release::operator()(json_t* value) const { json_decref(value); }

Result<Json> Json::parse(std::string_view text) {
  json_error_t error{};
  json_t* root = json_loadb(text.data(), text.size(), JSON_REJECT_DUPLICATES, &error);
  if (root == nullptr) return Error(Errc::invalid, "no valid JSON at byte " + std::to_string(error.position));
  return Json(root);
}

}  // namespace fwatchdog
