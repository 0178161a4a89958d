#include "fwatchdog.hpp"

#include <unistd.h>

#include <memory>
#include <optional>

#include "modes/in_process.hpp"
#include "service/program.hpp"

namespace fwatchdog::inproc {

namespace {

enum class Calls { one_at_a_time, side_by_side };

int run_handler(int argc, const char* const* argv, const InProcess::Handler& handler, Calls calls,
                ThreadPool* threads = nullptr) {
  const ModeFactory make = [&handler, threads](const ModeParts& parts) {
    const InProcessContext context{parts.loop, parts.logger, parts.settings.exec_timeout, parts.settings.log_query, threads};
    return MadeMode(std::make_unique<InProcess>(context, handler));
  };
  const ModeChoice choose = [&make, calls](const Settings&) {
    ModeRow row{make};
    row.one_worker = calls == Calls::one_at_a_time;
    return row;
  };
  return run_program(Program::in_process, argc, argv, ::environ, choose);
}

}  // namespace

int run(int argc, const char* const* argv, Function function) {
  const InProcess::Handler handler(std::move(function));
  return run_handler(argc, argv, handler, Calls::one_at_a_time);
}

int run(int argc, const char* const* argv, StreamFunction function) {
  const InProcess::Handler handler(std::move(function));
  return run_handler(argc, argv, handler, Calls::one_at_a_time);
}

int run(int argc, const char* const* argv, Blocking function) {
  const InProcess::Handler handler(std::move(function.function));
  ThreadPool threads(function.threads);
  return run_handler(argc, argv, handler, Calls::side_by_side, &threads);
}

int run(int argc, const char* const* argv, ThreadSafe handler) {
  const InProcess::Handler function(std::move(handler.handler));
  return run_handler(argc, argv, function, Calls::side_by_side);
}

}  // namespace fwatchdog::inproc
