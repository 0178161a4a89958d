#include "log/line_format.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

using namespace fwatchdog;

namespace {

std::timespec now{};

std::timespec test_clock() { return now; }

std::string message(LineFormat& format, Level level, std::string_view text) {
  std::string out;
  format.append_message(out, level, text);
  return out;
}

// Local time is the process's; the tests fix it for themselves and put it back.
class FixedZone {
 public:
  explicit FixedZone(const char* zone) {
    if (const char* old = std::getenv("TZ"); old != nullptr) old_ = old;
    setenv("TZ", zone, 1);
    tzset();
  }
  ~FixedZone() {
    if (old_.empty()) {
      unsetenv("TZ");
    } else {
      setenv("TZ", old_.c_str(), 1);
    }
    tzset();
  }
  FixedZone(const FixedZone&) = delete;
  FixedZone& operator=(const FixedZone&) = delete;

 private:
  std::string old_;
};

}  // namespace

TEST_CASE("line format: text lines have the local date, as Go prints it") {
  const FixedZone zone("TST-02:00");
  LineFormat format(LogFormat::text, test_clock);
  now = {1'136'214'245, 999'999'999};  // 2006-01-02 15:04:05 UTC
  CHECK(message(format, Level::info, "hello") == "2006/01/02 17:04:05 hello\n");
  CHECK(message(format, Level::error, "hello") == "2006/01/02 17:04:05 hello\n");
  now.tv_sec += 1;
  CHECK(message(format, Level::warning, "a\nb\n") == "2006/01/02 17:04:06 a\\x0ab\n");
  now.tv_sec -= 1;
  CHECK(message(format, Level::info, "") == "2006/01/02 17:04:05 \n");
  now = {0, 0};
  CHECK(message(format, Level::info, "\n") == "1970/01/01 02:00:00 \n");
}

TEST_CASE("line format: JSON lines have the time in UTC") {
  const FixedZone zone("TST-02:00");
  LineFormat format(LogFormat::json, test_clock);
  now = {1'136'214'245, 7'999'999};
  CHECK(message(format, Level::info, "hello") == R"({"time":"2006-01-02T15:04:05.007Z","level":"info","msg":"hello"})"
                                                 "\n");
  now = {1'136'214'246, 999'999'999};
  CHECK(message(format, Level::warning, "a\nb\"\n") == R"({"time":"2006-01-02T15:04:06.999Z","level":"warning","msg":"a\nb\""})"
                                                       "\n");
  CHECK(message(format, Level::error, "\xff") ==
        "{\"time\":\"2006-01-02T15:04:06.999Z\",\"level\":\"error\",\"msg\":\"\ufffd\"}\n");
}

TEST_CASE("line format: the system's clock runs") { CHECK(system_wall_clock().tv_sec > 1'600'000'000); }
