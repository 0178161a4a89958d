#include "modes/function_process.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

namespace fwatchdog {

namespace {

constexpr std::size_t kBufferSize = 64 * 1024;  // what a pipe holds
/// How long a process that has ended may be outlived by its pipes (CONTRACT: a grandchild that holds the pipe delays nothing).
constexpr auto kStragglerTime = std::chrono::milliseconds(100);

}  // namespace

Task<Result<std::size_t>> ProcessOutput::read_into(std::span<char> room) {
  for (;;) {
    if (abandoned_) room = room.first(std::min(room.size(), left_));
    if (room.empty()) co_return std::size_t{0};
    if (!abandoned_) {
      Result<std::size_t> got = co_await stream_.read(room);
      if (got.ok() || !abandoned_) co_return got;
      continue;
    }
    Result<std::size_t> got = stream_.try_read(room);
    if (!got.ok()) co_return std::size_t{0};
    left_ -= *got;
    co_return got;
  }
}

Task<Result<std::string_view>> ProcessOutput::read() {
  if (!buffer_) buffer_ = std::make_unique_for_overwrite<char[]>(kBufferSize);
  const std::span<char> room(buffer_.get(), kBufferSize);
  Result<std::size_t> got = co_await read_into(room);
  if (!got.ok()) co_return got.error();
  co_return std::string_view(buffer_.get(), *got);
}

void ProcessOutput::abandon() {
  if (abandoned_ || stream_.closed()) return;
  int waiting = 0;
  (void)::ioctl(stream_.fd(), FIONREAD, &waiting);  // a pipe always tells
  left_ = static_cast<std::size_t>(waiting);
  abandoned_ = true;
  stream_.watch().interrupt_reader(Error(Errc::cancelled));
}

FunctionProcess::FunctionProcess(Loop& loop, Reaper& reaper)
    : loop_(loop), child_(loop, reaper), stragglers_(loop, [this] { abandon_output(); }) {}

/// The child's end of its standard input. A whole input that fits into the pipe is written here, before there is anybody to wait
/// for.
Result<Fd> FunctionProcess::prepare_input(const Options& options) {
  Result<Pipe> made = open_pipe();
  if (!made.ok()) return made.error();
  set_nonblocking(made->write_end.get());
  unwritten_ = options.input;
  while (!unwritten_.empty()) {
    const ssize_t written = ::write(made->write_end.get(), unwritten_.data(), unwritten_.size());
    if (written <= 0) break;  // full: the rest follows when the process reads
    unwritten_.remove_prefix(static_cast<std::size_t>(written));
  }
  if (!unwritten_.empty() || !options.input_is_whole) input_.emplace(loop_, std::move(made->write_end));
  return std::move(made->read_end);
}

Result<void> FunctionProcess::start(const Options& options) {
  Result<std::string> program = options.command->find();
  if (!program.ok()) return program.error();
  Result<Fd> in = options.input_file < 0 ? prepare_input(options) : Result<Fd>(Fd());
  if (!in.ok()) return in.error();
  Result<Pipe> out = open_pipe();
  if (!out.ok()) return out.error();
  Result<Pipe> err = options.error_output == ErrorOutput::apart ? open_pipe() : Result<Pipe>(Pipe());
  if (!err.ok()) return err.error();

  SpawnOptions spawning;
  spawning.program = program->c_str();
  spawning.argv = options.command->argv();
  spawning.envp = options.envp;
  spawning.in = options.input_file < 0 ? in->get() : options.input_file;
  spawning.out = out->write_end.get();
  spawning.limits = &options.command->limits();
  spawning.err = err->write_end ? err->write_end.get() : out->write_end.get();
  Result<void> started = child_.start(spawning);
  if (!started.ok()) return started;

  set_nonblocking(out->read_end.get());
  output_.emplace(loop_, std::move(out->read_end));
  if (err->read_end) {
    set_nonblocking(err->read_end.get());
    error_output_.emplace(loop_, std::move(err->read_end));
  }
  return {};
}

Task<int> FunctionProcess::exit() {
  const int status = co_await child_.exit();
  if (input_) input_->close();
  stragglers_.start(kStragglerTime);
  co_return status;
}

void FunctionProcess::abandon_output() {
  output_->abandon();
  if (error_output_) error_output_->abandon();
}

}  // namespace fwatchdog
