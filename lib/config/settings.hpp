/// The settings of either program, typed, as its environment gives them. The names, types and defaults of the variables stand in
/// variable_table; how the words of fprocess are split, and what an upstream's URL means, is left to those who use them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/duration.hpp"
#include "config/environment.hpp"
#include "result.hpp"

namespace fwatchdog {

/// in_process: a program that is linked with the library, and its own function.
enum class Program { classic, of_watchdog, in_process };

/// How of-watchdog runs the function (CONTRACT: of-watchdog). The classic watchdog has no modes.
enum class Mode { streaming, serializing, http, static_files, cgi, inproc };

/// The name of a mode as the variable `mode` spells it: `streaming`, `serializing`, `http`, `static`, `cgi`, `inproc`.
std::string_view mode_name(Mode mode);

/// The least of our own lines that are written; request lines are of the level info.
enum class LogLevel { info, warning, error };

/// What the environment says. A member that a program has no variable for holds the default of one that has.
/// A time limit of zero is no limit.
struct Settings {
  std::string fprocess;  ///< the text as given, not split into words
  Mode mode{};
  std::string upstream_url;
  bool buffer_request_body{};

  std::uint16_t port{};
  std::uint16_t metrics_port{};  ///< 0 = no metrics listener
  std::uint64_t workers{};       ///< 0 = as many as there are processors to be used
  Duration read_timeout{};
  Duration write_timeout{};
  Duration exec_timeout{};
  Duration healthcheck_interval{};
  std::uint64_t max_inflight{};     ///< requests at once; 0 = no limit
  std::uint64_t max_queue{};        ///< requests that wait beyond those; 0 = none
  Duration queue_timeout{};         ///< the longest that one waits; 0 = until another limit passes
  std::uint64_t max_body_bytes{};   ///< 0 = no limit
  std::uint64_t unhealthy_after{};  ///< failures in a row; 0 = never

  std::string content_type;  ///< empty = not set
  bool combine_output{};
  bool cgi_headers{};
  bool cgi_response{};
  bool marshal_request{};
  std::uint64_t warm_processes{};  ///< 0 = none; else there are no cgi_headers, or the request is marshalled
  Duration warm_max_age{};
  bool allow_all_methods{};

  bool no_new_privs{};               ///< these four: of the function's process
  std::uint64_t memory_limit{};      ///< bytes of address space; 0 = no limit
  Duration cpu_limit{};              ///< 0 = no limit
  std::uint64_t descriptor_limit{};  ///< 0 = no limit

  std::string static_path;
  bool static_listing{};
  std::string static_not_found;      ///< empty = none
  std::string static_fallback;       ///< empty = none
  std::string static_cache_control;  ///< empty = none

  bool write_debug{};
  bool debug_headers{};
  bool log_query{};
  bool log_json{};
  LogLevel log_level{};
  bool log_call_id{};
  bool prefix_logs{};
  std::uint64_t log_buffer_size{};  ///< bytes; a longer line of the function is logged in pieces of this size

  bool jwt_auth{};
  bool jwt_auth_local{};
  bool jwt_auth_debug{};
  std::string function_name;       ///< empty = not set
  std::string function_namespace;  ///< empty = not set
  std::string certificate_file;    ///< of authorities, for https; empty = the system's

  bool suppress_lock{};
  std::string temporary_folder;
  std::string lock_path;
  std::string ready_path;  ///< empty = readiness is answered without the function
};

/// Settings, and what the operator should be told about them: one line each, without a line's end. Values of variables stand in
/// them as they were given; whoever prints a line escapes its control bytes.
struct LoadedSettings {
  Settings settings;
  std::vector<std::string> warnings;
};

/// The settings of a program in an empty environment. They are not complete: there is no function.
Settings default_settings(Program program);

/// Reads every variable of the program. An unparsable duration, number, boolean or format becomes the default, with a warning;
/// limits that cannot work together, and names that look misspelt, are warned of. Errors (CONTRACT: errors in the configuration)
/// are of Errc::invalid, and their text is the whole line: no function, no such mode, a port that is no port number, what a mode
/// needs and does not get.
Result<LoadedSettings> load_settings(Program program, const Environment& environment);

}  // namespace fwatchdog
