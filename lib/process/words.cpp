#include "process/words.hpp"

#include <cstddef>
#include <utility>

namespace fwatchdog {

namespace {

constexpr bool is_separator(char c) { return c == ' ' || c == '\t' || c == '\n'; }

/// One pass over a command; each take_ function starts behind the character that called for it.
class WordReader {
 public:
  explicit WordReader(std::string_view command) : command_(command) {}

  Result<std::vector<std::string>> read() {
    while (at_ < command_.size()) {
      const std::size_t start = at_;
      const char c = command_[at_++];
      if (is_separator(c)) {
        end_word();
      } else if (c == '\'') {
        if (!take_single_quoted()) return unclosed("single", start);
      } else if (c == '"') {
        if (!take_double_quoted()) return unclosed("double", start);
      } else if (c == '\\') {
        if (at_ == command_.size()) return Error(Errc::invalid, "a backslash at the end has nothing to quote");
        take_escaped();
      } else {
        add(c);
      }
    }
    end_word();
    return std::move(words_);
  }

 private:
  static Error unclosed(const char* kind, std::size_t start) {
    return Error(Errc::invalid,
                 std::string("the ") + kind + " quote at character " + std::to_string(start + 1) + " is not closed");
  }

  void add(char c) {
    word_.push_back(c);
    in_word_ = true;
  }

  void end_word() {
    if (in_word_) words_.push_back(std::move(word_));
    word_.clear();
    in_word_ = false;
  }

  void take_escaped() {
    const char c = command_[at_++];
    if (c != '\n') add(c);
  }

  bool take_single_quoted() {
    in_word_ = true;
    const std::size_t end = command_.find('\'', at_);
    if (end == std::string_view::npos) return false;
    word_.append(command_.substr(at_, end - at_));
    at_ = end + 1;
    return true;
  }

  bool take_double_quoted() {
    constexpr std::string_view kEscapable = "$`\"\\\n";
    in_word_ = true;
    while (at_ < command_.size()) {
      const char c = command_[at_++];
      if (c == '"') return true;
      if (c == '\\' && at_ < command_.size() && kEscapable.find(command_[at_]) != std::string_view::npos) {
        take_escaped();
      } else {
        add(c);
      }
    }
    return false;
  }

  std::string_view command_;
  std::size_t at_ = 0;
  std::string word_;
  bool in_word_ = false;  // tells the empty word "" from none
  std::vector<std::string> words_;
};

std::vector<std::string> split_at_each_blank(std::string_view command) {
  std::vector<std::string> words;
  for (;;) {
    const std::size_t blank = command.find(' ');
    words.emplace_back(command.substr(0, blank));
    if (blank == std::string_view::npos) return words;
    command.remove_prefix(blank + 1);
  }
}

}  // namespace

Result<std::vector<std::string>> split_words(std::string_view command) {
  const bool quotes = command.find_first_of("'\"\\") != std::string_view::npos;
  if (!quotes && command.find_first_not_of(" \t\n") != std::string_view::npos) return split_at_each_blank(command);
  return WordReader(command).read();
}

}  // namespace fwatchdog
