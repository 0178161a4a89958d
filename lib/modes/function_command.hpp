/// FunctionCommand: what `fprocess` means, split and ready for exec.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/environment.hpp"
#include "process/program_path.hpp"
#include "process/spawn.hpp"
#include "result.hpp"

namespace fwatchdog {

class FunctionCommand {
 public:
  /// Splits `fprocess` as a shell does. Errc::invalid for unclosed quotes and for no words. `environment` gives PATH; it is not
  /// kept.
  static Result<FunctionCommand> parse(std::string_view fprocess, const Environment& environment);

  /// What its processes may not do; nothing at first.
  void restrict(const ProcessLimits& limits) { limits_ = limits; }
  const ProcessLimits& limits() const { return limits_; }

  FunctionCommand(FunctionCommand&&) = default;
  FunctionCommand& operator=(FunctionCommand&&) = default;

  const std::string& text() const { return text_; }
  const std::vector<std::string>& words() const { return words_; }
  /// Ends with a null pointer; lives as long as this object.
  const char* const* argv() const { return argv_.data(); }
  /// The file to execute; it may appear later. From any thread.
  Result<std::string> find() const;
  /// The same when that file could not be started: another one may be there by now.
  Result<std::string> find_again() const;
  /// Why it could not be started now; empty when it could.
  std::string why_not_startable() const;

 private:
  FunctionCommand() = default;

  std::string text_;
  std::unique_ptr<ProgramFinder> program_;
  std::vector<std::string> words_;
  std::vector<const char*> argv_;
  ProcessLimits limits_;
};

}  // namespace fwatchdog
