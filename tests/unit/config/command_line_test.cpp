#include "config/command_line.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "config/variable_table.hpp"

using namespace fwatchdog;
using Action = CommandLine::Action;

namespace {

CommandLine parse(std::initializer_list<const char*> words, Program program = Program::classic) {
  std::vector<const char*> argv = {"fwatchdog"};
  argv.insert(argv.end(), words);
  return parse_command_line(program, static_cast<int>(argv.size()), argv.data());
}

}  // namespace

TEST_CASE("command line: the options of the contract") {
  CHECK(parse({}).action == Action::serve);
  CHECK(parse({"--version"}).action == Action::show_version);
  CHECK(parse({"-version"}).action == Action::show_version);
  CHECK(parse({"--run-healthcheck"}).action == Action::run_healthcheck);
  CHECK(parse({"-run-healthcheck"}).action == Action::run_healthcheck);
  CHECK(parse({"-version=true"}).action == Action::show_version);
  CHECK(parse({"--version=false"}).action == Action::serve);
  CHECK(parse({"--run-healthcheck", "--version"}).action == Action::show_version);
  for (const auto& line : {parse({}), parse({"--version"}), parse({"--run-healthcheck"})}) {
    CHECK(line.exit_code == 0);
    CHECK(line.text.empty());
  }
}

TEST_CASE("command line: no program's name") { CHECK(parse_command_line(Program::classic, 0, nullptr).action == Action::serve); }

TEST_CASE("command line: help names the options and every variable") {
  for (const Program program : {Program::classic, Program::of_watchdog}) {
    for (const char* option : {"--help", "-help", "-h"}) {
      const CommandLine line = parse({option}, program);
      CHECK(line.action == Action::show_help);
      CHECK(line.exit_code == 0);
      CHECK(line.text.find("--version") != std::string::npos);
      CHECK(line.text.find("--run-healthcheck") != std::string::npos);
      CHECK(line.text.ends_with(help_of_variables(program)));
    }
  }
}

TEST_CASE("command line: a program with a function of its own shows its own name") {
  const char* argv[] = {"/usr/bin/greet", "--help", nullptr};
  CHECK(parse_command_line(Program::in_process, 2, argv).text.find("greet [OPTIONS]") != std::string::npos);
}

TEST_CASE("command line: what is not known is refused with the usage and 2") {
  for (const char* option : {"--nope", "-nope", "-x", "---version", "--versions", "--vers", "--version=maybe", "-v"}) {
    CAPTURE(option);
    const CommandLine line = parse({option}, Program::of_watchdog);
    CHECK(line.action == Action::refuse);
    CHECK(line.exit_code == 2);
    CHECK(line.text.find("--run-healthcheck") != std::string::npos);
    CHECK(line.text.ends_with('\n'));
  }
  CHECK(parse({"--nope"}).text.find("--nope") != std::string::npos);
  CHECK(parse({"--version", "--nope"}).action == Action::refuse);
}

TEST_CASE("command line: words end the options") {
  CHECK(parse({"cat", "--nope"}).action == Action::serve);
  CHECK(parse({"--", "--nope"}).action == Action::serve);
  CHECK(parse({"-", "--nope"}).action == Action::serve);
  CHECK(parse({"", "--nope"}).action == Action::serve);
  CHECK(parse({"--version", "word", "--nope"}).action == Action::show_version);
}
