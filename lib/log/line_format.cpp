#include "log/line_format.hpp"

#include <fmt/format.h>

#include <cassert>
#include <iterator>

#include "log/escape.hpp"

namespace fwatchdog {

namespace {

std::string_view level_name(Level level) {
  switch (level) {
    case Level::info: return "info";
    case Level::warning: return "warning";
    case Level::error: return "error";
  }
  return {};
}

}  // namespace

std::timespec system_wall_clock() {
  std::timespec now{};
  clock_gettime(CLOCK_REALTIME_COARSE, &now);  // some milliseconds old at the most, and four times as fast
  return now;
}

void LineFormat::renew(std::time_t second) {
  if (second == second_ && !stamp_.empty()) return;
  second_ = second;
  std::tm parts{};
  char text[64];
  const bool json = format_ == LogFormat::json;
  if (json) {
    gmtime_r(&second, &parts);
  } else {
    localtime_r(&second, &parts);
  }
  stamp_.assign(text, std::strftime(text, sizeof text, json ? "%Y-%m-%dT%H:%M:%S" : "%Y/%m/%d %H:%M:%S ", &parts));
}

void LineFormat::append_date(std::string& out) {
  assert(format_ == LogFormat::text);
  renew(clock_().tv_sec);
  out += stamp_;
}

void LineFormat::append_json_start(std::string& out, Level level) {
  assert(format_ == LogFormat::json);
  const std::timespec now = clock_();
  renew(now.tv_sec);
  fmt::format_to(std::back_inserter(out), R"({{"time":"{}.{:03}Z","level":"{}")", stamp_, now.tv_nsec / 1'000'000,
                 level_name(level));
}

void LineFormat::append_message(std::string& out, Level level, std::string_view message) {
  if (!message.empty() && message.back() == '\n') message.remove_suffix(1);
  if (format_ == LogFormat::text) {
    append_date(out);
    append_printable(out, message);
    out += '\n';
    return;
  }
  append_json_start(out, level);
  out += ",\"msg\":";
  append_json_string(out, message);
  out += "}\n";
}

}  // namespace fwatchdog
