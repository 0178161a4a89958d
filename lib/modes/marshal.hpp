/// The input of a function with marshal_request: the request as one JSON object.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.hpp"

namespace fwatchdog {

/// The fields of a request as Go's programs see them: names in Go's form and sorted, all values of a name in order, without Host
/// and Transfer-Encoding. The values are views into the request.
std::map<std::string, std::vector<std::string_view>> go_header(const Request& request);

/// `{"header":{"Accept":["*/*"]},"body":{"raw":"<base64>"}}`, names in Go's form and sorted, Host left out, as Go's encoder
/// writes it.
std::string marshal_request(const Request& request, std::string_view body);

}  // namespace fwatchdog
