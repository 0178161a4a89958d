#include "modes/held_output.hpp"

#include <doctest/doctest.h>
#include <sys/mman.h>

#include <algorithm>
#include <string>

#include "async/loop_fixture.hpp"

using namespace fwatchdog;
using namespace fwatchdog::testing;

namespace {

/// What held output needs.
struct Memory {
  TestLoop test;
  LargeBlocks large{test.loop};
};

std::string text_of(const HeldOutput& output) {
  std::vector<std::string_view> pieces;
  output.append_to(pieces);
  std::string text;
  for (const std::string_view piece : pieces) text += piece;
  return text;
}

/// Fills `output` up to `size` bytes with `byte`.
void fill(HeldOutput& output, std::size_t size, char byte) {
  while (output.size() < size) {
    const std::span<char> room = output.room();
    REQUIRE(!room.empty());
    std::ranges::fill(room, byte);
    output.filled(room.size());
  }
}

bool holds_only(const HeldOutput& output, char byte) {
  std::vector<std::string_view> pieces;
  output.append_to(pieces);
  return std::ranges::all_of(pieces, [byte](std::string_view piece) { return piece.find_first_not_of(byte) == piece.npos; });
}

/// Whether the system has a page at `address`.
bool is_mapped(const char* address) { return ::msync(const_cast<char*>(address), 1, MS_ASYNC) == 0; }

template <class Condition>
Task<void> wait_for(Loop& loop, const Condition& condition) {
  const bool holds = co_await until(loop, condition);
  CHECK(holds);
}

/// Not every system can be told that it may take pages back (locked memory, sandboxes); then no block is kept.
bool blocks_are_kept(LargeBlocks& blocks) {
  auto block = blocks.take();
  return block && ::madvise(block.get(), LargeBlocks::kBlockSize, MADV_FREE) == 0;
}

constexpr std::size_t kMany = 10 * LargeBlocks::kBlockSize;

}  // namespace

TEST_CASE("nothing was written") {
  Memory memory;
  HeldOutput output(memory.large);
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
    Memory memory;
    HeldOutput output(memory.large);
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
  Memory memory;
  HeldOutput output(memory.large);
  output.room()[0] = 'x';
  output.filled(1);
  std::vector<std::string_view> pieces = {"exit status 1\n"};
  output.append_to(pieces);
  CHECK(pieces.size() == 2);
  CHECK(pieces[1] == "x");
  output.clear();
  CHECK(output.size() == 0);
}

TEST_CASE("two large outputs at a time, and one after another, do not touch each other") {
  Memory memory;
  for (const char byte : {'a', 'b'}) {
    HeldOutput one(memory.large);
    HeldOutput other(memory.large);
    fill(one, kMany, byte);
    fill(other, kMany, '-');
    CHECK(holds_only(one, byte));
    CHECK(holds_only(other, '-'));
  }
}

TEST_CASE("large blocks: kept for the next output, and given back to the system when none comes") {
  Memory memory;
  if (!blocks_are_kept(memory.large)) return;
  auto first = memory.large.take();
  REQUIRE(first);
  char* const address = first.get();
  *address = 'x';
  first.reset();
  CHECK(is_mapped(address));
  auto second = memory.large.take();
  CHECK(second.get() == address);
  second.reset();
  const auto is_gone = [address] { return !is_mapped(address); };
  memory.test.run(wait_for(memory.test.loop, is_gone));
}

TEST_CASE("large blocks: those that are not needed are given back while another one is in use again and again") {
  Memory memory;
  if (!blocks_are_kept(memory.large)) return;
  auto one = memory.large.take();
  char* const used = one.get();
  auto two = memory.large.take();
  char* const unused = two.get();
  two.reset();
  one.reset();
  const auto is_gone = [&] {
    auto again = memory.large.take();
    CHECK(again.get() == used);
    return !is_mapped(unused);
  };
  memory.test.run(wait_for(memory.test.loop, is_gone));
  CHECK(is_mapped(used));
}

TEST_CASE("large blocks: more than 64 MiB are not kept") {
  Memory memory;
  if (!blocks_are_kept(memory.large)) return;
  std::vector<std::unique_ptr<char, LargeBlocks::GiveBack>> blocks;
  std::vector<char*> addresses;
  for (int i = 0; i < 10; ++i) {
    blocks.push_back(memory.large.take());
    REQUIRE(blocks.back());
    addresses.push_back(blocks.back().get());
  }
  blocks.clear();
  CHECK(std::ranges::count_if(addresses, is_mapped) == 8);
}
