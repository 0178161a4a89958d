// The words of fprocess.
#include <string>
#include <vector>

#include "config/environment.hpp"
#include "modes/function_command.hpp"
#include "process/words.hpp"
#include "property.hpp"

namespace fwatchdog::fuzz {

namespace {

std::string in_single_quotes(std::string_view word) {
  std::string quoted = "'";
  for (const char c : word) quoted.append(c == '\'' ? "'\\''" : std::string(1, c));
  return quoted + "'";
}

std::string in_double_quotes(std::string_view word) {
  constexpr std::string_view kSpecial = "$`\"\\";
  std::string quoted = "\"";
  for (const char c : word) {
    if (kSpecial.find(c) != std::string_view::npos) quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

/// What it is without any quoting: what Go's strings.Split(text, " ") gives, and nothing where there is nothing.
std::vector<std::string> at_blanks(std::string_view text) {
  std::vector<std::string> words;
  if (text.find_first_not_of(" \t\n") == std::string_view::npos) return words;
  std::string word;
  for (const char c : text) {
    if (c == ' ') {
      words.push_back(word);
      word.clear();
    } else {
      word += c;
    }
  }
  words.push_back(word);
  return words;
}

void check_words(const std::vector<std::string>& words) {
  std::string single;
  std::string twice;
  for (const std::string& word : words) {
    single += in_single_quotes(word) + " ";
    twice += "\t" + in_double_quotes(word) + "\n";
  }
  const auto from_single = split_words(single);
  must(from_single.ok() && *from_single == words, "words in single quotes are the same words", single);
  const auto from_double = split_words(twice);
  must(from_double.ok() && *from_double == words, "words in double quotes are the same words", twice);
}

}  // namespace

}  // namespace fwatchdog::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fwatchdog;
  using namespace fwatchdog::fuzz;
  const std::string_view text = text_of(data, size);
  const auto words = split_words(text);
  const bool plain = text.find_first_of("'\"\\") == std::string_view::npos;
  must(words.ok() || (!plain && !words.error().what.empty()), "only quoting can be wrong, and the error says what", text);
  if (words.ok()) check_words(*words);
  if (plain) must(*words == at_blanks(text), "without quotes each blank ends a word", text);

  const Environment environment;
  const auto command = FunctionCommand::parse(text, environment);
  must(command.ok() == (words.ok() && !words->empty()), "a command has a word", text);
  if (command.ok()) {
    std::size_t count = 0;
    while (command->argv()[count] != nullptr) ++count;
    must(count == words->size(), "each word is an argument", text);
  }
  return 0;
}
