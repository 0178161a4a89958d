#include "modes/function_command.hpp"

#include "process/program_path.hpp"
#include "process/words.hpp"

namespace fwatchdog {

Result<FunctionCommand> FunctionCommand::parse(std::string_view fprocess, const Environment& environment) {
  Result<std::vector<std::string>> words = split_words(fprocess);
  if (!words.ok()) return Error(Errc::invalid, "fprocess: " + words.error().text());
  if (words->empty()) return Error(Errc::invalid, "fprocess: there is no word in it");
  FunctionCommand command;
  command.text_ = fprocess;
  command.path_ = environment.get("PATH").value_or("");
  command.words_ = std::move(*words);
  for (const std::string& word : command.words_) command.argv_.push_back(word.c_str());
  command.argv_.push_back(nullptr);
  return command;
}

Result<std::string> FunctionCommand::find() const { return find_program(words_.front(), path_); }

std::string FunctionCommand::why_not_startable() const {
  const Result<std::string> found = check_program(words_.front(), path_);
  return found.ok() ? std::string() : found.error().text();
}

}  // namespace fwatchdog
