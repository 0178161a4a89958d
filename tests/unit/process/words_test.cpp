#include "process/words.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

using namespace fwatchdog;
using namespace std::string_view_literals;

using Words = std::vector<std::string>;

TEST_CASE("commands are split as a shell splits words") {
  struct Row {
    std::string_view command;
    Words words;
  };
  const Row rows[] = {
      {"", {}},
      {" \t\n ", {}},
      {"cat", {"cat"}},
      {"wc -c", {"wc", "-c"}},
      {"  wc   -c  ''", {"wc", "-c", ""}},
      {"a\tb\nc ''", {"a", "b", "c", ""}},
      {"sh -c 'echo \"a b\"'", {"sh", "-c", "echo \"a b\""}},
      {"sh -c 'echo \"a  b\"; echo c'", {"sh", "-c", "echo \"a  b\"; echo c"}},
      {"a 'b c' \"d e\"", {"a", "b c", "d e"}},
      {"a'b'\"c\"d", {"abcd"}},
      {"'' \"\"", {"", ""}},
      {"a ''", {"a", ""}},
      {"a''", {"a"}},
      {"'a\nb'", {"a\nb"}},
      {"'\\'", {"\\"}},
      {"'\"' \"'\"", {"\"", "'"}},
      {R"(a\ b)", {"a b"}},
      {R"(\'\"\\)", {"'\"\\"}},
      {R"(\a\n)", {"an"}},
      {R"(\  x)", {" ", "x"}},
      {"a\\\nb", {"ab"}},
      {"a \\\n b", {"a", "b"}},
      {"\\\n", {}},
      {R"("\$\`\"\\")", {"$`\"\\"}},
      {R"("\a\n\'")", {"\\a\\n\\'"}},
      {"\"a\\\nb\"", {"ab"}},
      {"\"a\nb\"", {"a\nb"}},
      {R"("$HOME" $HOME ~ * `x` $(y) # z)", {"$HOME", "$HOME", "~", "*", "`x`", "$(y)", "#", "z"}},
      {"a | b && c > d; e", {"a", "|", "b", "&&", "c", ">", "d;", "e"}},
      {"a=b --c='d e'", {"a=b", "--c=d e"}},
      {"\xC3\xA4 \xFF", {"\xC3\xA4", "\xFF"}},
      {"a\rb\vc", {"a\rb\vc"}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.command);
    const auto words = split_words(row.command);
    REQUIRE(words.ok());
    CHECK(*words == row.words);
  }
}

TEST_CASE("without a quote each single blank separates, as in Go") {
  CHECK(*split_words("wc  -c ") == Words{"wc", "", "-c", ""});
  CHECK(*split_words(" cat") == Words{"", "cat"});
  CHECK(*split_words("a\tb c\n") == Words{"a\tb", "c\n"});
}

TEST_CASE("quotes that are not closed are refused") {
  struct Row {
    std::string_view command, what;
  };
  const Row rows[] = {
      {"'", "the single quote at character 1 is not closed"},
      {"echo 'a b", "the single quote at character 6 is not closed"},
      {"echo \"a b", "the double quote at character 6 is not closed"},
      {"\"a\\\"", "the double quote at character 1 is not closed"},
      {"\"\\", "the double quote at character 1 is not closed"},
      {"'it''s'ok'", "the single quote at character 10 is not closed"},
      {"a\\", "a backslash at the end has nothing to quote"},
      {"\\", "a backslash at the end has nothing to quote"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.command);
    const auto words = split_words(row.command);
    REQUIRE_FALSE(words.ok());
    CHECK(words.error().code == Errc::invalid);
    CHECK(words.error().what == row.what);
  }
}

TEST_CASE("no cut of a command reads outside of it") {
  const std::string_view command = R"(sh -c 'a "b" c' "d \" \\ e" f\ g '' \
h)";
  for (std::size_t size = 0; size <= command.size(); ++size) {
    const std::string cut(command.substr(0, size));
    if (const auto words = split_words(cut); words.ok()) CHECK(words->size() <= 7);
  }
  CHECK(split_words(command)->size() == 7);
}
