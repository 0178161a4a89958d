#include "modes/function_command.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

using namespace fwatchdog;

namespace {

Environment path_of(std::string_view path) {
  Environment environment;
  environment.set("PATH", path);
  return environment;
}

FunctionCommand command_of(std::string_view fprocess, std::string_view path = "/usr/bin:/bin") {
  Result<FunctionCommand> command = FunctionCommand::parse(fprocess, path_of(path));
  REQUIRE(command.ok());
  return std::move(*command);
}

}  // namespace

TEST_CASE("the words of fprocess, ready for exec") {
  const FunctionCommand command = command_of("  sh -c 'echo \"a  b\"' x\\ y \"\" ");
  CHECK(command.text() == "  sh -c 'echo \"a  b\"' x\\ y \"\" ");
  CHECK(command.words() == std::vector<std::string>{"sh", "-c", "echo \"a  b\"", "x y", ""});
  std::vector<std::string> argv;
  for (const char* const* word = command.argv(); *word != nullptr; ++word) argv.emplace_back(*word);
  CHECK(argv == command.words());
}

TEST_CASE("a command may be moved") {
  FunctionCommand command = command_of("a bb ccccccccccccccccccccccccccccccccccccccccc");
  const FunctionCommand moved = std::move(command);
  CHECK(std::string(moved.argv()[0]) == "a");
  CHECK(std::string(moved.argv()[1]) == "bb");
  CHECK(std::string(moved.argv()[2]).size() == 41);
  CHECK(moved.argv()[3] == nullptr);
}

TEST_CASE("what is no command") {
  for (const std::string_view text : {"", " ", "\t\n"}) {
    const Result<FunctionCommand> command = FunctionCommand::parse(text, Environment());
    CHECK_FALSE(command.ok());
    if (!command.ok()) CHECK(command.error().text() == "fprocess: there is no word in it");
  }
  for (const std::string_view text : {"'a", "\"a", "a\\"}) {
    const Result<FunctionCommand> command = FunctionCommand::parse(text, Environment());
    CHECK_FALSE(command.ok());
    if (!command.ok()) CHECK(command.error().text().rfind("fprocess: ", 0) == 0);
  }
}

TEST_CASE("which file is executed, and why not") {
  const FunctionCommand shell = command_of("sh -c true");
  const Result<std::string> found = shell.find();
  CHECK(found.ok());
  if (found.ok()) CHECK(found->substr(found->size() - 7) == "/bin/sh");
  CHECK(shell.why_not_startable().empty());

  const FunctionCommand missing = command_of("no-such-program");
  CHECK_FALSE(missing.find().ok());
  CHECK(missing.why_not_startable() == "exec: \"no-such-program\": executable file not found in $PATH");
  CHECK(command_of("sh", "").why_not_startable() == "exec: \"sh\": executable file not found in $PATH");
  CHECK(command_of("/no/such").why_not_startable() == "fork/exec /no/such: no such file or directory");
  CHECK(command_of("/etc/passwd").why_not_startable() == "fork/exec /etc/passwd: permission denied");
}
