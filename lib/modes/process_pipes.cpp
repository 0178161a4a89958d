#include "modes/process_pipes.hpp"

#include <unistd.h>

namespace fwatchdog {

void write_what_fits(const Fd& pipe, std::string_view& input) {
  while (!input.empty()) {
    const ssize_t written = ::write(pipe.get(), input.data(), input.size());
    if (written <= 0) return;  // full, or nobody reads: the rest is for whoever can wait
    input.remove_prefix(static_cast<std::size_t>(written));
  }
}

namespace {

/// The file may have gone, or another one have taken its place, since it was found in PATH: nobody looks before each start.
Result<void> start_found(Child& child, const FunctionCommand& command, const std::string& program, SpawnOptions& spawning) {
  spawning.program = program.c_str();
  Result<void> started = child.start(spawning);
  if (started.ok() || started.error().code != Errc::system) return started;
  const Result<std::string> other = command.find_again();
  if (!other.ok()) return other.error();
  if (*other == program) return started;
  spawning.program = other->c_str();
  return child.start(spawning);
}

}  // namespace

Result<ProcessPipes> start_with_pipes(Child& child, const ProcessStart& start, std::string_view& input) {
  Result<std::string> program = start.command->find();
  if (!program.ok()) return program.error();
  Result<Pipe> in = start.input_file < 0 ? open_pipe() : Result<Pipe>(Pipe());
  if (!in.ok()) return in.error();
  if (in->write_end) {
    set_nonblocking(in->write_end.get());
    write_what_fits(in->write_end, input);  // before there is anybody to wait for
  }
  Result<Pipe> out = open_pipe();
  if (!out.ok()) return out.error();
  Result<Pipe> err = start.error_output == ErrorOutput::apart ? open_pipe() : Result<Pipe>(Pipe());
  if (!err.ok()) return err.error();

  SpawnOptions spawning;
  spawning.argv = start.command->argv();
  spawning.envp = start.envp;
  spawning.in = in->read_end ? in->read_end.get() : start.input_file;
  spawning.out = out->write_end.get();
  spawning.err = err->write_end ? err->write_end.get() : out->write_end.get();
  spawning.limits = &start.command->limits();
  spawning.dies_with_us = start.dies_with_us;
  Result<void> started = start_found(child, *start.command, *program, spawning);
  if (!started.ok()) return started.error();

  ProcessPipes ours;
  ours.input = std::move(in->write_end);
  ours.output = std::move(out->read_end);
  ours.error_output = std::move(err->read_end);
  set_nonblocking(ours.output.get());
  if (ours.error_output) set_nonblocking(ours.error_output.get());
  return ours;
}

}  // namespace fwatchdog
