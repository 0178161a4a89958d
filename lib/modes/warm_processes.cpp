#include "modes/warm_processes.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "async/event.hpp"
#include "config/duration.hpp"
#include "modes/output_log.hpp"
#include "process/exit_status.hpp"

namespace fwatchdog {

namespace {

/// Between two starts: the loop has calls to serve too.
constexpr auto kBetweenStarts = std::chrono::milliseconds(1);
/// How long the call that took one has the processors for itself, before the next one is started.
constexpr auto kAfterTaking = std::chrono::milliseconds(5);
/// One that was taken after it had waited for so long shows that all is well; as does such a time without a failure.
constexpr auto kSound = std::chrono::seconds(1);
constexpr auto kForgotten = std::chrono::minutes(1);

/// What is in a pipe now.
std::string content_of(const Fd& pipe) {
  std::string text(64U << 10U, '\0');
  const ssize_t count = ::read(pipe.get(), text.data(), text.size());
  text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return text;
}

}  // namespace

struct WarmProcesses::Waiting {
  Waiting(Loop& loop, Reaper& reaper) : child(loop, reaper) {}

  Child child;
  ProcessPipes pipes;
  Clock::time_point since;
  bool taken = false;    // guarded by mutex_
  bool retired = false;  // killed by us
};

WarmProcesses::WarmProcesses(Loop& loop, Reaper& reaper, Logger& logger, const FunctionCommand& command, const char* const* envp,
                             ProcessCounts& counts, const Options& options)
    : loop_(loop),
      reaper_(reaper),
      logger_(logger),
      command_(command),
      envp_(envp),
      counts_(counts),
      options_(options),
      watching_(loop),
      changed_(loop),
      alarm_(loop, [this] { changed_.set(); }) {}

WarmProcesses::~WarmProcesses() { assert(waiting_.empty()); }

std::uint64_t WarmProcesses::waiting() {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

bool WarmProcesses::take(Child& child, ProcessPipes& pipes) {
  const std::lock_guard lock(mutex_);
  while (!waiting_.empty()) {
    Waiting& oldest = *waiting_.front();
    waiting_.pop_front();
    if (!child.take_over(oldest.child)) continue;  // it has just ended, and who watches it will see
    pipes = std::move(oldest.pipes);
    oldest.taken = true;
    hits_.fetch_add(1, std::memory_order_relaxed);
    if (&child.loop() == &loop_) {
      oldest.child.release();
    } else {
      loop_.post([&oldest] { oldest.child.release(); });
    }
    return true;
  }
  misses_.fetch_add(1, std::memory_order_relaxed);
  return false;
}

Task<void> WarmProcesses::live(CancelToken stop) {
  CancelHook hook(stop, [this] { changed_.set(); });
  while (!stop.requested()) {
    changed_.reset();
    const auto now = Clock::now();
    retire_old(now);
    start_missing(now);
    set_alarm(now);
    co_await changed_.wait();
  }
  alarm_.stop();
  end_all();
  co_await watching_.join();
}

/// One beyond the number where the oldest is to be replaced: it goes when the new one has had time to get ready.
void WarmProcesses::start_missing(Clock::time_point now) {
  if (now < not_before_) return;
  {
    const std::lock_guard lock(mutex_);
    const bool too_old = options_.max_age > Nanoseconds::zero() && waiting_.size() == options_.count &&
                         now - waiting_.front()->since >= options_.max_age;
    if (waiting_.size() >= options_.count && !too_old) return;
  }
  not_before_ = now + kBetweenStarts;
  auto process = std::make_unique<Waiting>(loop_, reaper_);
  ProcessStart start;
  start.command = &command_;
  start.envp = envp_;
  start.error_output = options_.error_output;
  start.dies_with_us = true;
  std::string_view no_input;
  Result<ProcessPipes> pipes = start_with_pipes(process->child, start, no_input);
  if (!pipes.ok()) {
    back_off("cannot be started: " + pipes.error().text());
    return;
  }
  counts_.count_start();
  process->pipes = std::move(*pipes);
  process->since = now;
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(process.get());
  }
  watching_.spawn(watch(std::move(process)));
}

void WarmProcesses::retire_old(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (waiting_.size() <= options_.count || now - waiting_.back()->since < options_.warm_up) return;
  Waiting& oldest = *waiting_.front();
  waiting_.pop_front();
  oldest.retired = true;
  oldest.child.kill();  // before its input is closed, which would be a call without a body
  replacements_.fetch_add(1, std::memory_order_relaxed);
}

void WarmProcesses::set_alarm(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  Clock::time_point next;
  if (waiting_.size() < options_.count) {
    next = not_before_;
  } else if (waiting_.size() > options_.count) {
    next = waiting_.back()->since + options_.warm_up;
  } else if (options_.max_age > Nanoseconds::zero()) {
    next = std::max(not_before_, waiting_.front()->since + std::chrono::duration_cast<Clock::duration>(options_.max_age));
  } else {
    alarm_.stop();
    return;
  }
  alarm_.start(std::max(Nanoseconds::zero(), Nanoseconds(next - now)));
}

void WarmProcesses::end_all() {
  const std::lock_guard lock(mutex_);
  for (Waiting* process : waiting_) {
    process->retired = true;
    process->child.kill();
  }
  waiting_.clear();
}

/// Until it has ended, or belongs to a call.
Task<void> WarmProcesses::watch(std::unique_ptr<Waiting> process) {
  const int status = co_await process->child.exit();
  {
    const std::lock_guard lock(mutex_);
    std::erase(waiting_, process.get());
  }
  if (process->taken) {
    was_taken(*process);
  } else if (!process->retired) {
    replacements_.fetch_add(1, std::memory_order_relaxed);
    const Fd& said = process->pipes.error_output ? process->pipes.error_output : process->pipes.output;
    const std::string text = content_of(said);
    TextSource source(text);
    co_await log_lines(source, logger_, FunctionStream::standard_error, options_.log_line_length);
    back_off("ended before it was given a call: " + exit_text(status));
  }
  changed_.set();
}

void WarmProcesses::was_taken(const Waiting& process) {
  const auto now = Clock::now();
  if (now - process.since >= kSound) failures_ = 0;
  if (not_before_ <= now) not_before_ = now + kAfterTaking;
}

void WarmProcesses::back_off(const std::string& what) {
  const auto now = Clock::now();
  if (now - last_failure_ > kForgotten) failures_ = 0;
  last_failure_ = now;
  Nanoseconds pause = options_.first_pause;
  for (unsigned i = 0; i < failures_ && pause < options_.longest_pause; ++i) pause *= 2;
  pause = std::min(pause, options_.longest_pause);
  ++failures_;
  not_before_ = std::max(not_before_, now + std::chrono::duration_cast<Clock::duration>(pause));
  logger_.warning("A warm process {}; the next one is started in {}", what, format_go_duration(pause));
}

}  // namespace fwatchdog
