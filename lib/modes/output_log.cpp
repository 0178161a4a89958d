#include "modes/output_log.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace fwatchdog {

namespace {

/// Cuts bytes into lines; what is left of the last one waits in `begun`.
void log_pieces(std::string_view bytes, std::string& begun, Logger& logger, FunctionStream stream, std::size_t max_line) {
  while (!bytes.empty()) {
    const std::size_t newline = bytes.find('\n');
    const std::size_t room = max_line - begun.size();
    if (newline != std::string_view::npos && newline <= room) {
      begun.append(bytes.substr(0, newline));
      logger.function_line(stream, begun);
      begun.clear();
      bytes.remove_prefix(newline + 1);
      continue;
    }
    const std::size_t taken = std::min(room, bytes.size());
    begun.append(bytes.substr(0, taken));
    bytes.remove_prefix(taken);
    // A full line waits for one byte more: that may be its end.
    if (begun.size() == max_line && !bytes.empty() && bytes.front() != '\n') {
      logger.function_line(stream, begun);
      begun.clear();
    }
  }
}

}  // namespace

Task<void> log_lines(Source& from, Logger& logger, FunctionStream stream, std::size_t max_line) {
  std::string begun;
  for (;;) {
    Result<std::string_view> bytes = co_await from.read();
    if (!bytes.ok() || bytes->empty()) break;
    if (begun.size() == max_line && bytes->front() != '\n') {
      logger.function_line(stream, begun);
      begun.clear();
    }
    log_pieces(*bytes, begun, logger, stream, max_line);
  }
  if (!begun.empty()) logger.function_line(stream, begun);
}

}  // namespace fwatchdog
