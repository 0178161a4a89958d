/// A log whose lines the test can read.
#pragma once

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>

#include "log/logger.hpp"

namespace fwatchdog::test {

class RecordedLog {
 public:
  explicit RecordedLog(LogFormat format = LogFormat::text)
      : error_(::fileno(error_file_.get()), "standard error", LineFormat(format)),
        output_(::fileno(output_file_.get()), "standard output", LineFormat(format)),
        logger(options_with(format), error_, output_) {}

 private:
  using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;
  File error_file_{std::tmpfile(), std::fclose};
  File output_file_{std::tmpfile(), std::fclose};
  LogSink error_;
  LogSink output_;

  static Logger::Options options_with(LogFormat format) {
    Logger::Options options;
    options.format = format;
    return options;
  }

  std::string content(const File& file) {
    logger.flush();
    std::string text(1 << 20, '\0');
    const ssize_t size = ::pread(::fileno(file.get()), text.data(), text.size(), 0);
    text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return text;
  }

 public:
  Logger logger;

  /// What went to standard error.
  std::string raw_lines() { return content(error_file_); }
  /// The same, each line without its date.
  std::string lines() {
    const std::string text = content(error_file_);
    std::string lines;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = text.find('\n', at);
      CHECK(text.substr(at + 19, 1) == " ");
      lines += text.substr(at + 20, end + 1 - (at + 20));
      at = end + 1;
    }
    return lines;
  }
  /// What went to standard output.
  std::string printed() { return content(output_file_); }
};

}  // namespace fwatchdog::test
