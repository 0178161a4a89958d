#include "modes/function_command.hpp"

#include "process/words.hpp"

namespace fwatchdog {

Result<FunctionCommand> FunctionCommand::parse(std::string_view fprocess, const Environment& environment) {
  Result<std::vector<std::string>> words = split_words(fprocess);
  if (!words.ok()) return Error(Errc::invalid, "fprocess: " + words.error().text());
  if (words->empty()) return Error(Errc::invalid, "fprocess: there is no word in it");
  FunctionCommand command;
  command.text_ = fprocess;
  command.words_ = std::move(*words);
  command.program_ = std::make_unique<ProgramFinder>(command.words_.front(), environment.get("PATH").value_or(""));
  for (const std::string& word : command.words_) command.argv_.push_back(word.c_str());
  command.argv_.push_back(nullptr);
  return command;
}

Result<std::string> FunctionCommand::find() const { return program_->find(); }

Result<std::string> FunctionCommand::find_again() const { return program_->find_again(); }

std::string FunctionCommand::why_not_startable() const {
  const Result<std::string> found = program_->check();
  return found.ok() ? std::string() : found.error().text();
}

}  // namespace fwatchdog
