#include "service/lifecycle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iterator>
#include <optional>

#include "async/combine.hpp"
#include "async/event.hpp"
#include "async/signal.hpp"
#include "log/escape.hpp"
#include "middleware/jwks.hpp"
#include "service/crew.hpp"
#include "service/function_host.hpp"
#include "service/function_name.hpp"
#include "service/gauges.hpp"
#include "service/lock_file.hpp"
#include "service/processors.hpp"
#include "service/startup_pages.hpp"
#include "version.hpp"

namespace fwatchdog {

namespace {

/// Where the issuer of tokens describes itself (CONTRACT: JWT).
constexpr const char* kIssuer = "http://gateway.openfaas:8080/.well-known/openid-configuration";
constexpr const char* kLocalIssuer = "http://127.0.0.1:8000/.well-known/openid-configuration";

/// How long a call may wait for a slot where nothing is to wait.
constexpr auto kSlotsChangeHands = std::chrono::milliseconds(20);

/// How long calls in flight have for their answer when the function itself has ended.
constexpr auto kLastAnswers = std::chrono::seconds(1);

void block_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) sigaddset(&set, number);
  (void)::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

std::size_t workers_of(const ServiceOptions& options) {
  if (options.mode.one_worker) return 1;
  return options.settings.workers != 0 ? options.settings.workers : usable_processors();
}

RequestQueue::Options waiting_of(const Settings& settings, std::size_t workers) {
  RequestQueue::Options options;
  options.most = settings.max_queue;
  options.timeout = settings.queue_timeout;
  if (settings.max_queue == 0 && settings.max_inflight > 0 && workers > 1) {
    // Who has just got an answer of one worker may call another one before the slot is given back.
    options.most = settings.max_inflight;
    options.timeout = kSlotsChangeHands;
    options.brief = true;
  }
  return options;
}

/// One run of the program.
class Service {
 public:
  explicit Service(const ServiceOptions& options)
      : options_(options),
        settings_(options.settings),
        sinks_(settings_),
        log_(loop_, sinks_, settings_),
        logger_(log_.logger()),
        lock_(settings_.lock_path, options.program != Program::classic),
        worker_count_(workers_of(options)),
        shared_(settings_.max_inflight, waiting_of(settings_, worker_count_), worker_count_) {}

  int run() {
    loop_.run(live());
    return exit_code_;
  }

 private:
  Task<void> live();
  Task<void> serve_calls();
  Task<bool> prepare_tokens();
  Task<void> live_keys();
  std::unique_ptr<WarmProcesses> make_warm();
  Task<void> live_warm();
  bool open_ports(Fd& port, Fd& metrics_port);
  bool write_lock();
  std::optional<RequestLog::Options> request_log() const;
  void announce_version();
  void announce(const ModeHandler& mode);
  void set_up_probes(const ModeHandler& mode);
  bool start_host();
  Task<void> live_host();
  void host_ended(const std::string& how);
  Task<void> drain(Crew& crew, Listener& listener);
  Task<void> serve_metrics(Fd socket, const Crew& crew);
  void give_up();
  void told_to_end(const char* signal_name, bool wait);
  bool fail(const std::string& line);

  const ServiceOptions& options_;
  const Settings& settings_;
  Loop loop_;
  LogSinks sinks_;
  LoopLog log_;
  Logger& logger_;
  std::optional<Reaper> reaper_;
  LockFile lock_;
  const std::size_t worker_count_;
  SharedState shared_;
  UpstreamSignal upstream_;
  ProcessCounts processes_;
  CancelSource starting_;  // of what is waited for before the first call
  bool started_ = false;
  std::unique_ptr<Jwks> keys_;  // null: no tokens are asked for
  std::string function_name_;   // for them
  Event told_{loop_};
  CancelSource no_more_waiting_;
  CancelSource ending_;  // of what goes on beside the calls
  Event ended_{loop_};
  Timer last_resort_{loop_, [this] { give_up(); }};
  std::unique_ptr<WarmProcesses> warm_;  // null: none are kept
  std::unique_ptr<FunctionHost> host_;
  Crew* crew_ = nullptr;  // while serve_calls() runs
  bool stopping_host_ = false;
  int exit_code_ = 0;
};

bool Service::fail(const std::string& line) {
  logger_.error("{}", line);
  exit_code_ = 1;
  return false;
}

bool Service::open_ports(Fd& port, Fd& metrics_port) {
  Result<Fd> opened = Listener::open(settings_.port, false);
  if (!opened.ok()) return fail(fmt::format("Error ListenAndServe: {}", opened.error().text()));
  port = std::move(*opened);
  if (settings_.metrics_port == 0) return true;
  // Shared with other watchdogs of this machine only: they may run side by side outside containers, all with the default port.
  Result<Fd> metrics = Listener::open(settings_.metrics_port, true);
  if (!metrics.ok()) return fail(fmt::format("Error listening for metrics (set metrics_port): {}", metrics.error().text()));
  metrics_port = std::move(*metrics);
  return true;
}

bool Service::write_lock() {
  if (settings_.suppress_lock) return true;
  Result<void> created = lock_.create();
  if (created.ok()) return true;
  return fail(fmt::format("{}. To disable lock-file set env suppress_lock=true.", created.error().text()));
}

/// The classic watchdog has none: its mode logs the calls.
std::optional<RequestLog::Options> Service::request_log() const {
  if (options_.program == Program::classic) return std::nullopt;
  RequestLog::Options options;
  options.reason = options_.mode.logs_reason;
  options.declared_length = options_.mode.logs_declared_length;
  options.query = settings_.log_query;
  options.call_id = settings_.log_call_id;
  options.trace_id = settings_.log_json;
  return options;
}

/// The first lines, whatever else is to be told.
void Service::announce_version() {
  logger_.info("Version: {}\tSHA: {}", kVersion, kSha);
  for (const std::string& warning : options_.warnings) logger_.warning("{}", warning);
}

void Service::announce(const ModeHandler& mode) {
  if (!keys_) announce_version();
  if (host_) host_->announce();
  mode.announce(logger_);
  if (options_.program != Program::classic)
    logger_.info("Watchdog mode: {}\tfprocess: {}", mode_name(settings_.mode), go_quoted(settings_.fprocess));
  logger_.info("Timeouts: read: {} write: {} hard: {} health: {}{}", format_go_duration(settings_.read_timeout),
               format_go_duration(settings_.write_timeout), format_go_duration(settings_.exec_timeout),
               format_go_duration(settings_.healthcheck_interval), options_.program == Program::classic ? "." : "");
  logger_.info("Listening on port: {}", settings_.port);
  if (settings_.suppress_lock) {
    logger_.warning("Warning: \"suppress_lock\" is enabled. No automated health-checks will be in place for your function.");
  } else {
    logger_.info("Writing lock-file to: {}", lock_.path());
  }
  if (settings_.metrics_port != 0) logger_.info("Metrics listening on port: {}", settings_.metrics_port);
}

void Service::set_up_probes(const ModeHandler& mode) {
  shared_.probes.healthy = [this, &mode] { return mode.healthy() && (settings_.suppress_lock || lock_.exists()); };
  shared_.probes.ready_path = settings_.ready_path;
  shared_.probes.accepting = true;
}

/// What tokens are checked with is read before anything listens: until then there is nobody to answer for.
Task<bool> Service::prepare_tokens() {
  if (!settings_.jwt_auth) co_return true;
  Result<std::string> name = function_name(settings_, kNamespaceFile);
  if (!name.ok()) co_return fail(fmt::format("Error creating JWTAuthMiddleware: {}", name.error().text()));
  function_name_ = std::move(*name);
  announce_version();
  Jwks::Options options;
  options.configuration_url = settings_.jwt_auth_local ? kLocalIssuer : kIssuer;
  options.certificate_file = settings_.certificate_file;
  options.debug = settings_.jwt_auth_debug;
  keys_ = std::make_unique<Jwks>(loop_, logger_, std::move(options));
  Result<void> started = co_await keys_->start(CancelToken(starting_));
  if (starting_.requested()) co_return false;
  if (!started.ok()) co_return fail(fmt::format("Error creating JWTAuthMiddleware: {}", started.error().text()));
  co_return true;
}

Task<void> Service::live() {
  // SIGHUP and SIGQUIT would otherwise do nothing to process 1, and end any other without a drain.
  SignalWatch on_term(loop_, SIGTERM, [this] { told_to_end("SIGTERM", true); });
  SignalWatch on_int(loop_, SIGINT, [this] { told_to_end("SIGINT", false); });
  SignalWatch on_hup(loop_, SIGHUP, [this] { told_to_end("SIGHUP", false); });
  SignalWatch on_quit(loop_, SIGQUIT, [this] { told_to_end("SIGQUIT", false); });
  if (!co_await prepare_tokens()) co_return;
  started_ = true;
  co_await serve_calls();
}

Task<void> Service::serve_calls() {
  Fd port;
  Fd metrics_port;
  if (!open_ports(port, metrics_port)) co_return;
  // Handlers in this process wait for their own children.
  if (options_.program != Program::in_process) reaper_.emplace(loop_);
  if (settings_.warm_processes > 0) warm_ = make_warm();
  const WorkerRules rules{settings_, request_log(), function_name_};
  const WorkerThread::Parts parts{loop_, sinks_, rules, shared_, keys_.get()};
  Crew crew(parts, logger_);
  const auto make_mode = [this](Loop& loop, Logger& logger) {
    Reaper* reaper = reaper_ ? &*reaper_ : nullptr;
    const ModeParts of_worker{loop,      reaper,     logger,      settings_,      options_.command, *options_.environment,
                              upstream_, processes_, warm_.get(), &loop == &loop_};
    return options_.mode.make(of_worker);
  };
  if (const Result<void> made = crew.make_first(make_mode); !made.ok()) {
    (void)fail(made.error().text());
    co_return;
  }
  if (!write_lock() || !start_host()) co_return;
  announce(crew.mode());
  set_up_probes(crew.mode());
  crew.make_others(worker_count_, make_mode);
  crew_ = &crew;
  Listener listener(loop_, std::move(port));
  release_startup_pages();
  co_await when_all(loop_, crew.accept_from(listener), crew.live(), live_host(), live_keys(), live_warm(),
                    serve_metrics(std::move(metrics_port), crew), drain(crew, listener));
  crew_ = nullptr;
}

Task<void> Service::live_keys() {
  if (keys_) co_await keys_->live(CancelToken(ending_));
}

/// With the environment that every call's process has then.
std::unique_ptr<WarmProcesses> Service::make_warm() {
  WarmProcesses::Options options;
  options.count = settings_.warm_processes;
  options.max_age = settings_.warm_max_age;
  const bool combined = options_.program == Program::classic && settings_.combine_output && !settings_.cgi_response;
  options.error_output = combined ? ErrorOutput::with_output : ErrorOutput::apart;
  options.log_line_length = settings_.log_buffer_size;
  return std::make_unique<WarmProcesses>(loop_, *reaper_, logger_, *options_.command, options_.environment->base(), processes_,
                                         options);
}

Task<void> Service::live_warm() {
  if (warm_) co_await warm_->live(CancelToken(ending_));
}

bool Service::start_host() {
  if (!options_.mode.hosts_function) return true;
  host_ = std::make_unique<FunctionHost>(loop_, *reaper_, logger_, *options_.command, *options_.environment,
                                         static_cast<std::size_t>(settings_.log_buffer_size));
  Result<void> started = host_->start();
  return started.ok() || fail(started.error().text());
}

Task<void> Service::live_host() {
  if (!host_) co_return;
  std::function<void(const std::string&)> on_end = [this](const std::string& how) { host_ended(how); };
  co_await host_->live(std::move(on_end));
}

/// Nothing can be served any more: what is in flight gets its error, and the orchestrator starts us anew.
void Service::host_ended(const std::string& how) {
  if (stopping_host_) return;
  logger_.error("Forked function has terminated: {}", how);
  exit_code_ = 1;
  shared_.probes.accepting = false;
  lock_.remove();
  no_more_waiting_.request(CancelReason::shutdown);
  crew_->end_modes();  // calls that wait for the function to listen are answered now
  told_.set();
}

void Service::told_to_end(const char* signal_name, bool wait) {
  if (!started_) {
    logger_.info("{}: ended before anything was served", signal_name);
    starting_.request(CancelReason::shutdown);
    return;
  }
  const bool first = !told_.happened();
  if (!first || !wait) no_more_waiting_.request(CancelReason::shutdown);
  if (!first) return;
  logger_.info("{}: no new connections in {}", signal_name, wait ? format_go_duration(settings_.healthcheck_interval) : "0s");
  shared_.probes.accepting = false;
  if (!settings_.suppress_lock) {
    logger_.info("Removing lock-file : {}", lock_.path());
    lock_.remove();
  }
  told_.set();
}

/// A handler in this process cannot be made to end.
void Service::give_up() {
  logger_.error("Exiting without the end of {} requests: their handlers go on", in_flight(shared_.metrics));
  logger_.flush();
  sinks_.flush_before_exit();
  std::_Exit(exit_code_);
}

Task<void> Service::drain(Crew& crew, Listener& listener) {
  co_await told_.wait();
  const bool orphaned = exit_code_ != 0;
  if (!orphaned) {
    co_await sleep_for(loop_, settings_.healthcheck_interval, CancelToken(no_more_waiting_));
    logger_.info("No new connections allowed, draining: {} requests", in_flight(shared_.metrics));
  }
  listener.finish();
  crew.drain();
  Timer limit(loop_, [&] {
    if (!orphaned) logger_.info("Exiting. Active connections: {}", in_flight(shared_.metrics));
    crew.abort();
    last_resort_.start(kLastAnswers);
  });
  limit.start(orphaned ? Nanoseconds(kLastAnswers) : settings_.write_timeout);
  co_await crew.join();
  if (limit.running() && !orphaned) logger_.info("Exiting. Active connections: 0");
  limit.stop();
  last_resort_.stop();
  stopping_host_ = true;
  if (host_) host_->stop(settings_.write_timeout);
  ending_.request(CancelReason::shutdown);
  crew.end_modes();
  // From here on a signal changes nothing: it must not end us with its own status in the last moment.
  block_signals();
  ended_.set();
}

Task<void> Service::serve_metrics(Fd socket, const Crew& crew) {
  if (!socket) {
    co_await ended_.wait();
    co_return;
  }
  std::vector<Gauge> gauges = process_gauges();
  gauges.push_back(Gauge{"fwatchdog_log_lines_dropped_total", "Log lines dropped because their reader was too slow.", "counter",
                         [this] { return static_cast<double>(sinks_.dropped_lines()); }});
  gauges.push_back(Gauge{"fwatchdog_requests_waiting", "Requests that wait for others to end, as max_inflight wants it.", "gauge",
                         [this] { return static_cast<double>(shared_.queue.waiting()); }});
  gauges.push_back(build_gauge(options_.program, settings_));
  const auto add = [&gauges](std::vector<Gauge> more) { std::move(more.begin(), more.end(), std::back_inserter(gauges)); };
  add(crew.gauges());
  add(body_gauges(shared_.metrics));
  if (options_.mode.hosts_function) {
    add(upstream_gauges(upstream_));
  } else if (options_.mode.runs_function) {
    add(process_count_gauges(processes_));
  }
  if (warm_) add(warm_gauges(*warm_));
  MetricsEndpoint endpoint(shared_.metrics, std::move(gauges));
  ServerLimits limits;
  limits.read_timeout = limits.write_timeout = std::chrono::seconds(30);
  HttpServer server(loop_, endpoint, limits, [](std::string_view, const Request&, Nanoseconds) {});
  Listener listener(loop_, std::move(socket));
  TaskScope accepting(loop_);
  accepting.spawn(server.accept_from(listener));
  co_await ended_.wait();
  listener.close();
  server.abort();
  co_await accepting.join();
  co_await server.join();
}

}  // namespace

int serve(const ServiceOptions& options) { return Service(options).run(); }

}  // namespace fwatchdog
