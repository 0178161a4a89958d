/// DateCache: the value of the Date field, made once a second (RFC 9110 6.6.1).
#pragma once

#include <ctime>
#include <string_view>

#include "http/date.hpp"

namespace fwatchdog {

class DateCache {
 public:
  /// Dies with the next call.
  std::string_view now() {
    timespec time{};
    ::clock_gettime(CLOCK_REALTIME_COARSE, &time);
    if (time.tv_sec != made_for_) {
      made_for_ = time.tv_sec;
      format_http_date(made_for_, text_);
    }
    return std::string_view(text_, sizeof text_);
  }

 private:
  std::time_t made_for_ = -1;
  char text_[29];
};

}  // namespace fwatchdog
