#include "log/logger.hpp"

#include <fmt/format.h>

#include <iterator>

#include "log/escape.hpp"
#include "log/human_size.hpp"
#include "log/seconds.hpp"

namespace fwatchdog {

using namespace std::string_view_literals;

namespace {

// More than this is handed over before the turn of the loop ends, so that a talkative function costs no memory.
constexpr std::size_t kMuch = std::size_t{64} << 10;

std::string_view stream_name(FunctionStream stream) { return stream == FunctionStream::standard_error ? "stderr" : "stdout"; }

void append_member(std::string& out, std::string_view name, std::string_view text) {
  fmt::format_to(std::back_inserter(out), ",\"{}\":", name);
  append_json_string(out, text);
}

}  // namespace

void Logger::Outlet::hand_over() {
  if (lines.empty()) {
    if (sink.pending()) sink.flush();
    return;
  }
  sink.write(lines);
  lines.clear();
}

void Logger::Outlet::hand_over_if_much() {
  if (lines.size() > kMuch) hand_over();
}

Logger::Logger(const Options& options, LogSink& standard_error, LogSink& standard_output)
    : format_(options.format, options.clock),
      prefix_function_lines_(options.prefix_function_lines),
      least_(options.least),
      error_{standard_error, {}},
      output_{standard_output, {}} {}

Logger::~Logger() { flush(); }

void Logger::log(Level level, fmt::string_view format, fmt::format_args args) {
  if (level < least_) return;
  message_.clear();
  fmt::vformat_to(std::back_inserter(message_), format, args);
  format_.append_message(error_.lines, level, message_);
  error_.hand_over_if_much();
}

void Logger::request(const RequestLine& line) {
  if (least_ > Level::info) return;
  if (format_.format() == LogFormat::text) {
    request_text(line);
  } else {
    request_json(line);
  }
  error_.hand_over_if_much();
}

void Logger::request_text(const RequestLine& line) {
  // By hand, because a line is made for every request.
  std::string& out = error_.lines;
  format_.append_date(out);
  append_printable(out, line.method);
  out += ' ';
  append_printable(out, line.target);
  out += " - "sv;
  append_number(out, static_cast<std::uint64_t>(line.status));
  if (!line.reason.empty()) {
    out += ' ';
    append_printable(out, line.reason);
  }
  out.append(" - ContentLength: "sv).append(human_size(line.bytes)).append(" ("sv);
  append_seconds<4>(out, line.duration);
  out += "s)"sv;
  if (line.call_id) {
    out += " [";
    append_printable(out, line.call_id->empty() ? std::string_view("none") : *line.call_id);
    out += ']';
  }
  out += '\n';
}

void Logger::request_json(const RequestLine& line) {
  std::string& out = error_.lines;
  format_.append_json_start(out, Level::info);
  append_member(out, "msg", "request");
  append_member(out, "method", line.method);
  append_member(out, "target", line.target);
  fmt::format_to(std::back_inserter(out), ",\"status\":{}", line.status);
  if (!line.reason.empty()) append_member(out, "reason", line.reason);
  out += ",\"bytes\":";
  if (line.bytes < 0) {
    out += "null";
  } else {
    fmt::format_to(std::back_inserter(out), "{}", line.bytes);
  }
  out += ",\"seconds\":";
  append_seconds<6>(out, line.duration);
  if (line.call_id && !line.call_id->empty()) append_member(out, "call_id", *line.call_id);
  if (!line.trace_id.empty()) append_member(out, "trace_id", line.trace_id);
  out += "}\n";
}

void Logger::function_line(FunctionStream stream, std::string_view line) {
  Outlet& outlet = stream == FunctionStream::standard_error ? error_ : output_;
  std::string& out = outlet.lines;
  if (!prefix_function_lines_) {
    out.append(line).append("\n");
  } else if (format_.format() == LogFormat::text) {
    format_.append_date(out);
    out.append(stream_name(stream)).append(": ").append(line).append("\n");
  } else {
    format_.append_json_start(out, Level::info);
    append_member(out, "stream", stream_name(stream));
    append_member(out, "msg", line);
    out += "}\n";
  }
  outlet.hand_over_if_much();
}

void Logger::print(std::string_view bytes) {
  if (bytes.size() > kMuch) {
    output_.hand_over();
    output_.sink.write(bytes);
    return;
  }
  output_.lines += bytes;
  output_.hand_over_if_much();
}

void Logger::flush() {
  error_.hand_over();
  output_.hand_over();
}

bool Logger::pending() const {
  return !error_.lines.empty() || !output_.lines.empty() || error_.sink.pending() || output_.sink.pending();
}

void Logger::flush_before_exit(std::chrono::milliseconds bound) {
  flush();
  error_.sink.flush_before_exit(bound);
  output_.sink.flush_before_exit(bound);
}

}  // namespace fwatchdog
