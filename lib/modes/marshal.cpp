#include "modes/marshal.hpp"

#include "http/target.hpp"
#include "log/escape.hpp"

namespace fwatchdog {

namespace {

/// RFC 4648 4.
void append_base64(std::string& to, std::string_view bytes) {
  static constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto at = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(bytes[i])); };
  std::size_t i = 0;
  for (; i + 2 < bytes.size(); i += 3) {
    const unsigned group = at(i) << 16U | at(i + 1) << 8U | at(i + 2);
    for (const unsigned shift : {18U, 12U, 6U, 0U}) to.push_back(kDigits[group >> shift & 63U]);
  }
  const std::size_t rest = bytes.size() - i;
  if (rest == 0) return;
  const unsigned group = at(i) << 16U | (rest == 2 ? at(i + 1) << 8U : 0U);
  to.push_back(kDigits[group >> 18U & 63U]);
  to.push_back(kDigits[group >> 12U & 63U]);
  to.push_back(rest == 2 ? kDigits[group >> 6U & 63U] : '=');
  to.push_back('=');
}

}  // namespace

std::map<std::string, std::vector<std::string_view>> go_header(const Request& request) {
  std::map<std::string, std::vector<std::string_view>> by_name;
  for (const Field& field : *request.headers) {
    if (equal_ignoring_case(field.name, "Host") || equal_ignoring_case(field.name, "Transfer-Encoding")) continue;
    by_name[canonical_name(field.name)].push_back(field.value);
  }
  return by_name;
}

std::string marshal_request(const Request& request, std::string_view body) {
  std::string json = "{\"header\":{";
  json.reserve(body.size() / 3 * 4 + 1024);
  for (const auto& [name, values] : go_header(request)) {
    if (json.back() != '{') json += ',';
    append_json_string(json, name);
    json += ":[";
    for (const std::string_view value : values) {
      if (json.back() != '[') json += ',';
      append_json_string(json, value);
    }
    json += ']';
  }
  json += "},\"body\":{\"raw\":\"";
  append_base64(json, body);
  json += "\"}}";
  return json;
}

}  // namespace fwatchdog
