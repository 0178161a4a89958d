#include "handler.hpp"

#include <fstream>
#include <map>
#include <stdexcept>
#include <string>

/// Comes with the library.
[[gnu::weak]] std::string greets();

namespace {

[[noreturn]] void innermost() { throw std::runtime_error("innermost: no such luck"); }

std::string quoted(std::string_view text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') json += '\\';
    json += c;
  }
  return json + "\"";
}

std::string seen(const Request& request) {
  std::map<std::string, std::string> lists;
  for (const auto& [name, value] : request.parameters()) {
    std::string& list = lists[name];
    list += (list.empty() ? "" : ",") + quoted(value);
  }
  std::string query;
  for (const auto& [name, list] : lists) query += (query.empty() ? "" : ",") + quoted(name) + ":[" + list + "]";
  return "{\"method\":" + quoted(request.method) + ",\"path\":" + quoted(request.path) + ",\"query\":{" + query +
         "},\"field\":" + quoted(request.field("X-Mine")) + "}";
}

}  // namespace

Response handle(const Request& request) {
  if (request.path.rfind("/seen", 0) == 0) return Response(200, seen(request), "application/json");
  if (request.path == "/json") return Response(200, request.body, "application/json");
  if (request.path == "/status") {
    Response response(201, "made", "text/plain");
    response.fields.emplace_back("X-Mine", "yes");
    return response;
  }
  if (request.path == "/fails") innermost();
  if (request.path == "/greets" && greets != nullptr) return Response(200, greets(), "text/plain");
  if (request.path == "/held") {
    std::string line;
    std::ifstream gate(request.query);
    std::getline(gate, line);
    return Response(200, "went on", "text/plain");
  }
  return Response(200, request.body, "application/octet-stream");
}
