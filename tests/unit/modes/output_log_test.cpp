#include "modes/output_log.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "support/recorded_log.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;

namespace {

class Pieces final : public Source {
 public:
  explicit Pieces(std::vector<std::string> pieces) : pieces_(std::move(pieces)) {}
  bool fails = false;
  Task<Result<std::string_view>> read() override {
    if (next_ < pieces_.size()) co_return std::string_view(pieces_[next_++]);
    if (fails) co_return Error(Errc::cancelled);
    co_return std::string_view();
  }

 private:
  std::vector<std::string> pieces_;
  std::size_t next_ = 0;
};

std::string logged(const std::vector<std::string>& pieces, std::size_t max_line, bool fails = false) {
  RecordedLog log;
  Loop loop;
  Pieces source(pieces);
  source.fails = fails;
  loop.run(log_lines(source, log.logger, FunctionStream::standard_error, max_line));
  return log.lines();
}

struct Row {
  std::string written, logged;
};

}  // namespace

TEST_CASE("lines of a function, however they come") {
  const Row rows[] = {
      {"", ""},
      {"a\n", "stderr: a\n"},
      {"a", "stderr: a\n"},
      {"\n", "stderr: \n"},
      {"a\nb\n\nc", "stderr: a\nstderr: b\nstderr: \nstderr: c\n"},
      {"a\r\n", "stderr: a\r\n"},
      {"1234567\n", "stderr: 1234567\n"},
      {"12345678\n", "stderr: 12345678\n"},
      {"12345678", "stderr: 12345678\n"},
      {"123456789\n", "stderr: 12345678\nstderr: 9\n"},
      {"1234567812345678\n", "stderr: 12345678\nstderr: 12345678\n"},
      {"12345678\n\n12345678x", "stderr: 12345678\nstderr: \nstderr: 12345678\nstderr: x\n"},
      {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\nb\n",
       "stderr: aaaaaaaa\nstderr: aaaaaaaa\nstderr: aaaaaaaa\nstderr: aaaaaa\nstderr: b\n"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.written);
    for (std::size_t cut = 0; cut <= row.written.size(); ++cut) {
      std::vector<std::string> pieces;
      if (cut > 0) pieces.push_back(row.written.substr(0, cut));
      if (cut < row.written.size()) pieces.push_back(row.written.substr(cut));
      CHECK(logged(pieces, 8) == row.logged);
    }
    std::vector<std::string> bytes;
    for (const char c : row.written) bytes.emplace_back(1, c);
    CHECK(logged(bytes, 8) == row.logged);
  }
}

TEST_CASE("what was read before an error is logged") { CHECK(logged({"a\nb"}, 8, true) == "stderr: a\nstderr: b\n"); }

TEST_CASE("one piece that holds many long lines") {
  std::string written, expected;
  for (int i = 0; i < 100; ++i) {
    written += std::string(2500, 'x') + "\n";
    expected +=
        "stderr: " + std::string(1000, 'x') + "\nstderr: " + std::string(1000, 'x') + "\nstderr: " + std::string(500, 'x') + "\n";
  }
  CHECK(logged({written}, 1000) == expected);
}
