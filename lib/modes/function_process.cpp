#include "modes/function_process.hpp"

#include <sys/ioctl.h>

#include <algorithm>
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
      if (got.ok() && *got == 0) end();
      if (got.ok() || !abandoned_) co_return got;
      continue;
    }
    Result<std::size_t> got = stream_.try_read(room);
    if (!got.ok()) co_return std::size_t{0};
    left_ -= *got;
    co_return got;
  }
}

/// Nothing will come: the descriptor is given back while the process may go on for long.
void ProcessOutput::end() {
  left_ = 0;
  abandoned_ = true;
  stream_.close();
}

Task<Result<std::string_view>> ProcessOutput::read() {
  if (!buffer_) buffer_ = std::make_unique_for_overwrite<char[]>(kBufferSize);
  const std::span<char> room(buffer_.get(), kBufferSize);
  Result<std::size_t> got = co_await read_into(room);
  if (!got.ok()) co_return got.error();
  co_return std::string_view(buffer_.get(), *got > 0 ? *got + read_rest(room.subspan(*got)) : 0);
}

/// Where the pipe has ended behind what was read: the rest, if it fits, so that ended() tells.
std::size_t ProcessOutput::read_rest(std::span<char> room) {
  std::size_t size = 0;
  while (!abandoned_ && stream_.may_have_more() && size < room.size()) {
    Result<std::size_t> got = stream_.try_read(room.subspan(size));
    if (!got.ok()) break;
    if (*got == 0) end();
    size += *got;
  }
  return size;
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

Result<void> FunctionProcess::start(const Options& options) {
  unwritten_ = options.input;
  ProcessPipes pipes;
  if (options.warm != nullptr && options.warm->take(child_, pipes)) {
    warm_ = true;
    write_what_fits(pipes.input, unwritten_);
  } else {
    ProcessStart start;
    start.command = options.command;
    start.envp = options.envp;
    start.error_output = options.error_output;
    start.input_file = options.input_file;
    Result<ProcessPipes> started = start_with_pipes(child_, start, unwritten_);
    if (!started.ok()) return started.error();
    pipes = std::move(*started);
  }
  if (!unwritten_.empty() || !options.input_is_whole) input_.emplace(loop_, std::move(pipes.input));
  output_.emplace(loop_, std::move(pipes.output));
  if (pipes.error_output) error_output_.emplace(loop_, std::move(pipes.error_output));
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
