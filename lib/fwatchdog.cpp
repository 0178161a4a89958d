#include "fwatchdog.hpp"

#include <unistd.h>

#include <memory>
#include <optional>

#include "modes/in_process.hpp"
#include "service/program.hpp"

namespace fwatchdog::inproc {

namespace {

int run_handler(int argc, const char* const* argv, const InProcess::Handler& handler, ThreadPool* threads) {
  const ModeFactory make = [&handler, threads](const ModeParts& parts) {
    const InProcessContext context{parts.loop, parts.logger, parts.settings.exec_timeout, parts.settings.log_query, threads};
    return MadeMode(std::make_unique<InProcess>(context, handler));
  };
  const ModeChoice choose = [&make](const Settings&) { return ModeRow{make, false, false, false, false}; };
  return run_program(Program::in_process, argc, argv, ::environ, choose);
}

}  // namespace

int run(int argc, const char* const* argv, Function function) {
  const InProcess::Handler handler(std::move(function));
  return run_handler(argc, argv, handler, nullptr);
}

int run(int argc, const char* const* argv, StreamFunction function) {
  const InProcess::Handler handler(std::move(function));
  return run_handler(argc, argv, handler, nullptr);
}

int run(int argc, const char* const* argv, Blocking function) {
  const InProcess::Handler handler(std::move(function.function));
  ThreadPool threads(function.threads);
  return run_handler(argc, argv, handler, &threads);
}

}  // namespace fwatchdog::inproc
