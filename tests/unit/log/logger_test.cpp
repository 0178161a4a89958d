#include "log/logger.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <string>

using namespace fwatchdog;
using namespace std::chrono_literals;

namespace {

std::timespec fixed_clock() { return {1'136'214'245, 0}; }

// What a pipe received; the ends are closed with it.
class Receiver {
 public:
  Receiver() { REQUIRE(pipe2(ends_.data(), O_CLOEXEC | O_NONBLOCK) == 0); }
  ~Receiver() {
    close(ends_[0]);
    close(ends_[1]);
  }
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  int writer() const { return ends_[1]; }

  std::string take() const {
    std::string all;
    std::array<char, 65536> buffer{};
    for (;;) {
      const auto n = read(ends_[0], buffer.data(), buffer.size());
      if (n <= 0) return all;
      all.append(buffer.data(), static_cast<std::size_t>(n));
    }
  }

 private:
  std::array<int, 2> ends_{};
};

struct Bench {
  explicit Bench(LogFormat format = LogFormat::text, bool prefix = true, Level least = Level::info)
      : error_sink(error.writer(), "standard error", LineFormat(format, fixed_clock)),
        output_sink(output.writer(), "standard output", LineFormat(format, fixed_clock)),
        logger({format, prefix, fixed_clock, least}, error_sink, output_sink) {}

  std::string logged() {
    logger.flush();
    return error.take();
  }
  std::string printed() {
    logger.flush();
    return output.take();
  }

  Receiver error;
  Receiver output;
  LogSink error_sink;
  LogSink output_sink;
  Logger logger;
};

// The local date in front of a text line; its digits are another file's matter.
std::string undated(std::string_view line) {
  constexpr std::string_view kShape = "dddd/dd/dd dd:dd:dd ";
  REQUIRE(line.size() >= kShape.size());
  for (std::size_t at = 0; at < kShape.size(); ++at) {
    const bool digit = line[at] >= '0' && line[at] <= '9';
    CHECK((kShape[at] == 'd' ? digit : line[at] == kShape[at]));
  }
  return std::string(line.substr(kShape.size()));
}

constexpr std::string_view kStart = R"({"time":"2006-01-02T15:04:05.000Z","level":)";

}  // namespace

TEST_CASE("logger: lines are gathered until the flush") {
  Bench bench;
  bench.logger.info("Listening on port: {}", 8080);
  CHECK(bench.error.take().empty());
  CHECK(bench.logger.pending());
  CHECK(undated(bench.logged()) == "Listening on port: 8080\n");
  CHECK_FALSE(bench.logger.pending());
  CHECK(bench.logged().empty());
}

TEST_CASE("logger: all levels look the same in text") {
  Bench bench;
  bench.logger.info("a {}", 1);
  CHECK(undated(bench.logged()) == "a 1\n");
  bench.logger.warning("b {}", "two");
  CHECK(undated(bench.logged()) == "b two\n");
  bench.logger.error("c {:.1f}", 3.0);
  CHECK(undated(bench.logged()) == "c 3.0\n");
  bench.logger.info("{}", "braces {} stay");
  CHECK(undated(bench.logged()) == "braces {} stay\n");
  CHECK(bench.printed().empty());
}

TEST_CASE("logger: levels in JSON") {
  Bench bench(LogFormat::json);
  bench.logger.info("a \"{}\"", 1);
  bench.logger.warning("b");
  bench.logger.error("c\n");
  const std::string start(kStart);
  CHECK(bench.logged() == start + R"("info","msg":"a \"1\""})" + "\n" + start + R"("warning","msg":"b"})" + "\n" + start +
                              R"("error","msg":"c"})" + "\n");
}

TEST_CASE("logger: request lines in text") {
  struct Row {
    RequestLine line;
    const char* expected;
  };
  const Row rows[] = {
      {{"POST", "/x?y=z", 200, "", 5, 1200us, {}}, "POST /x?y=z - 200 - ContentLength: 5B (0.0012s)\n"},
      {{"GET", "/status/404?a=%20", 404, "Not Found", 11, 1234567us, {}},
       "GET /status/404?a=%20 - 404 Not Found - ContentLength: 11B (1.2346s)\n"},
      {{"GET", "/", 200, "OK", -1, 0s, {}}, "GET / - 200 OK - ContentLength: -1B (0.0000s)\n"},
      {{"GET", "/", 200, "OK", 10485760, 90s, "abc"}, "GET / - 200 OK - ContentLength: 10.49MB (90.0000s) [abc]\n"},
      {{"GET", "/", 500, "", 0, 1ms, ""}, "GET / - 500 - ContentLength: 0B (0.0010s) [none]\n"},
  };
  Bench bench;
  for (const auto& row : rows) {
    bench.logger.request(row.line);
    CHECK(undated(bench.logged()) == row.expected);
  }
}

TEST_CASE("logger: request lines in JSON") {
  Bench bench(LogFormat::json);
  const std::string start = std::string(kStart) + R"("info","msg":"request",)";
  bench.logger.request({"POST", "/x?y=z", 200, "", 5, 1200us, {}});
  CHECK(bench.logged() == start + R"("method":"POST","target":"/x?y=z","status":200,"bytes":5,"seconds":0.001200})" + "\n");
  bench.logger.request({"GET", "/\"\\", 404, "Not Found", -1, 1s, "id 1"});
  CHECK(bench.logged() == start +
                              R"("method":"GET","target":"/\"\\","status":404,)"
                              R"("reason":"Not Found","bytes":null,"seconds":1.000000,"call_id":"id 1"})" +
                              "\n");
  bench.logger.request({"GET", "/", 200, "", 0, 0s, ""});
  CHECK(bench.logged() == start + R"("method":"GET","target":"/","status":200,"bytes":0,"seconds":0.000000})" + "\n");
}

TEST_CASE("logger: a request cannot forge a line") {
  Bench bench;
  const RequestLine forged{"GET", "/\n2006/01/02 15:04:05 forged", 200, "OK\r\x1b[2J", 0, 0s, "id\nforged"};
  bench.logger.request(forged);
  CHECK(undated(bench.logged()) ==
        "GET /\\x0a2006/01/02 15:04:05 forged - 200 OK\\x0d\\x1b[2J - ContentLength: 0B (0.0000s) [id\\x0aforged]\n");
  bench.logger.info("path {}", "a\nb");
  CHECK(undated(bench.logged()) == "path a\\x0ab\n");
  Bench json(LogFormat::json);
  json.logger.request(forged);
  const std::string line = json.logged();
  CHECK(line.find('\n') == line.size() - 1);
}

TEST_CASE("logger: the function's lines with a prefix") {
  Bench bench;
  bench.logger.function_line(FunctionStream::standard_error, "first");
  CHECK(undated(bench.logged()) == "stderr: first\n");
  bench.logger.function_line(FunctionStream::standard_output, "second\r \xff");
  CHECK(undated(bench.printed()) == "stdout: second\r \xff\n");
  bench.logger.function_line(FunctionStream::standard_error, "");
  CHECK(undated(bench.logged()) == "stderr: \n");
}

TEST_CASE("logger: the function's lines without a prefix are untouched in either format") {
  for (const LogFormat format : {LogFormat::text, LogFormat::json}) {
    Bench bench(format, false);
    const std::string line("{\"msg\": 1}\r\0\xff\x1b", 14);
    bench.logger.function_line(FunctionStream::standard_error, line);
    bench.logger.function_line(FunctionStream::standard_output, "");
    CHECK(bench.logged() == line + "\n");
    CHECK(bench.printed() == "\n");
  }
}

TEST_CASE("logger: the function's lines in JSON") {
  Bench bench(LogFormat::json);
  bench.logger.function_line(FunctionStream::standard_output, "tab\t \xff");
  CHECK(bench.printed() == std::string(kStart) + "\"info\",\"stream\":\"stdout\",\"msg\":\"tab\\t \ufffd\"}\n");
  CHECK(bench.logged().empty());
}

TEST_CASE("logger: bytes are printed as they are, in order") {
  Bench bench;
  bench.logger.print("[in] Accept=[*/*]\n");
  bench.logger.print("raw \n\xff");
  CHECK(bench.printed() == "[in] Accept=[*/*]\nraw \n\xff");
  bench.logger.print("before\n");
  const std::string much(100'000, 'x');
  bench.logger.print(much + "\n");
  std::string all = bench.output.take();
  while (bench.logger.pending()) {
    bench.logger.flush();
    all += bench.output.take();
  }
  all += bench.output.take();
  CHECK(all == "before\n" + much + "\n");
}

TEST_CASE("logger: a talkative turn does not gather for ever") {
  Bench bench;
  const std::string line(1000, 'x');
  for (int i = 0; i < 70; ++i) bench.logger.function_line(FunctionStream::standard_error, line);
  CHECK(bench.error.take().size() > 30'000);
}

TEST_CASE("logger: nothing gathered is lost at its end, nor before the exit") {
  const Receiver error;
  const Receiver output;
  LogSink error_sink(error.writer(), "standard error", LineFormat(LogFormat::text, fixed_clock));
  LogSink output_sink(output.writer(), "standard output", LineFormat(LogFormat::text, fixed_clock));
  {
    Logger logger({}, error_sink, output_sink);
    logger.info("first");
    logger.print("out\n");
    logger.flush_before_exit(1s);
    CHECK(undated(error.take()) == "first\n");
    CHECK(output.take() == "out\n");
    logger.info("last");
  }
  CHECK(undated(error.take()) == "last\n");
}

TEST_CASE("logger: lines below the level are left out, the function's are not") {
  Bench bench(LogFormat::text, true, Level::warning);
  bench.logger.info("told");
  bench.logger.request({"GET", "/", 200, "", 0, 0s, {}});
  bench.logger.warning("warned");
  bench.logger.error("failed");
  bench.logger.function_line(FunctionStream::standard_error, "of the function");
  const std::string logged = bench.logged();
  CHECK(logged.find("told") == std::string::npos);
  CHECK(logged.find("GET") == std::string::npos);
  CHECK(logged.find(" warned\n") != std::string::npos);
  CHECK(logged.find(" failed\n") != std::string::npos);
  CHECK(logged.find("stderr: of the function\n") != std::string::npos);
}
