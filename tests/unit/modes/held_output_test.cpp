#include "modes/held_output.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace fwatchdog;

namespace {

std::string text_of(const HeldOutput& output) {
  std::vector<std::string_view> pieces;
  output.append_to(pieces);
  std::string text;
  for (const std::string_view piece : pieces) text += piece;
  return text;
}

}  // namespace

TEST_CASE("nothing was written") {
  HeldOutput output;
  CHECK(output.size() == 0);
  CHECK(text_of(output).empty());
  CHECK_FALSE(output.room().empty());
  output.filled(0);
  CHECK(output.size() == 0);
  CHECK(text_of(output).empty());
}

TEST_CASE("what was written is kept in order, however it came") {
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{4096}, std::size_t{65536}, std::size_t{1} << 20}) {
    CAPTURE(step);
    HeldOutput output;
    std::string expected;
    while (expected.size() < 600'000) {
      const std::span<char> room = output.room();
      CHECK(!room.empty());
      const std::size_t count = std::min(step, room.size());
      for (std::size_t i = 0; i < count; ++i) room[i] = static_cast<char>('a' + (expected.size() + i) % 26);
      output.filled(count);
      for (std::size_t i = 0; i < count; ++i) expected.push_back(static_cast<char>('a' + expected.size() % 26));
    }
    CHECK(output.size() == expected.size());
    CHECK(text_of(output) == expected);
  }
}

TEST_CASE("pieces are appended to those that are there") {
  HeldOutput output;
  output.room()[0] = 'x';
  output.filled(1);
  std::vector<std::string_view> pieces = {"exit status 1\n"};
  output.append_to(pieces);
  CHECK(pieces.size() == 2);
  CHECK(pieces[1] == "x");
  output = HeldOutput();
  CHECK(output.size() == 0);
}
