// of-watchdog: a function in one of several modes, by the variable `mode`.
#include "modes/mode_table.hpp"
#include "service/program.hpp"

namespace {

using namespace fwatchdog;

ModeRow choose_mode(const Settings& settings) { return row_of(settings.mode); }

}  // namespace

int main(int argc, char** argv, char** envp) { return run_program(Program::of_watchdog, argc, argv, envp, choose_mode); }
