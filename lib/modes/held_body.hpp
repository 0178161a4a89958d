/// HeldBody: the body of a request, held until its length is known.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "async/fd.hpp"
#include "http/message.hpp"
#include "result.hpp"

namespace fwatchdog {

/// The first MiB in memory, more in a file of `folder` that has no name and is gone with this object. The file is written from
/// the loop's thread, into the system's cache, as much as a request brings at a time.
class HeldBody {
 public:
  explicit HeldBody(std::string folder) : folder_(std::move(folder)) {}
  HeldBody(const HeldBody&) = delete;
  HeldBody& operator=(const HeldBody&) = delete;

  /// Reads it to its end. The error is the body's, that there is no memory for it, or the file's.
  Task<Result<void>> take_in(BodySource& body);
  /// It was memory or the file that failed, not the body.
  bool storing_failed() const { return storing_failed_; }

  std::uint64_t size() const { return size_; }
  /// All of it, where there is no file.
  std::string_view bytes() const { return bytes_; }
  /// At its beginning; -1: none.
  int file() const { return file_ ? file_.get() : -1; }

 private:
  Result<void> open_file();
  Result<void> store(std::string_view bytes);
  Error failed(int err, const char* what);

  std::string folder_;
  std::string bytes_;
  Fd file_;
  std::uint64_t size_ = 0;
  bool storing_failed_ = false;
};

}  // namespace fwatchdog
