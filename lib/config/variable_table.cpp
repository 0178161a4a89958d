#include "config/variable_table.hpp"

#include <fmt/format.h>

namespace fwatchdog {

namespace {

constexpr std::nullopt_t kNone = std::nullopt;
constexpr bool kInProcess = true;
constexpr bool kNotInProcess = false;

// clang-format off
constexpr Variable kVariables[] = {
    {{"fprocess"}, VariableType::text, "", kNone, &Settings::fprocess,
     "The function's command line, split into words as a POSIX shell does where it has quotes. Required."},
    {{"function_process", "fprocess"}, VariableType::text, kNone, "", &Settings::fprocess,
     "The function's command line, split into words as a POSIX shell does where it has quotes. Required in the modes streaming, serializing, http, cgi.", kNotInProcess},
    {{"mode"}, VariableType::mode, kNone, "streaming", &Settings::mode,
     "How the function runs: streaming, serializing, http, static, cgi or inproc.", kNotInProcess},
    {{"http_upstream_url", "upstream_url"}, VariableType::text, kNone, "", &Settings::upstream_url,
     "Where the function listens in the http mode (required there): http://host:port or unix:/path.", kNotInProcess},
    {{"http_buffer_req_body", "buffer_http"}, VariableType::boolean, kNone, "false", &Settings::buffer_request_body,
     "Read a request's body whole before it is sent to the function (http mode).", kNotInProcess},
    {{"port"}, VariableType::port, "8080", "8080", &Settings::port,
     "The TCP port for requests."},
    {{"metrics_port"}, VariableType::optional_port, "8081", "8081", &Settings::metrics_port,
     "The TCP port for metrics; 0 turns them off."},
    {{"workers"}, VariableType::workers, "auto", "auto", &Settings::workers,
     "Event loops that serve requests, each in a thread of its own; auto is one for each processor that the container may use."},
    {{"read_timeout"}, VariableType::duration, "30s", "30s", &Settings::read_timeout,
     "Limit for reading a request with its body, and for an idle connection."},
    {{"write_timeout"}, VariableType::duration, "30s", "30s", &Settings::write_timeout,
     "Limit from the end of a request's headers to the end of its answer; also how long shutting down waits for requests."},
    {{"exec_timeout"}, VariableType::duration, "0s", "30s", &Settings::exec_timeout,
     "Limit for the function's work on a request; 0 is none."},
    {{"healthcheck_interval"}, VariableType::duration, "write_timeout", "write_timeout", &Settings::healthcheck_interval,
     "How long requests are still taken after SIGTERM, while health checks already fail.", kInProcess, &Settings::write_timeout},
    {{"max_inflight"}, VariableType::count, "0", "0", &Settings::max_inflight,
     "Requests served at once; one more waits (max_queue) or gets 429. 0 is no limit."},
    {{"max_queue"}, VariableType::count, "0", "0", &Settings::max_queue,
     "Requests above max_inflight that wait, the oldest first; one more gets 429. 0 is none."},
    {{"queue_timeout"}, VariableType::duration, "10s", "10s", &Settings::queue_timeout,
     "The longest that a request waits in the queue; then it gets 429. 0 is as long as write_timeout allows."},
    {{"max_body_bytes"}, VariableType::count, "0", "0", &Settings::max_body_bytes,
     "The largest body of a request; a larger one gets 413. 0 is no limit."},
    {{"content_type"}, VariableType::field_value, "", "application/octet-stream", &Settings::content_type,
     "Content-Type of an answer that the function gives none.", kNotInProcess},
    {{"combine_output"}, VariableType::boolean, "true", kNone, &Settings::combine_output,
     "Answer stdout and stderr mixed; false: stderr goes to the log."},
    {{"cgi_headers"}, VariableType::boolean, "true", "true", &Settings::cgi_headers,
     "Describe the request to the function in Http_ variables.", kNotInProcess},
    {{"cgi_response"}, VariableType::boolean, "false", kNone, &Settings::cgi_response,
     "Take status and headers of the answer from a CGI header block in front of the output; stderr goes to the log."},
    {{"cgi_response"}, VariableType::boolean, kNone, "false", &Settings::cgi_response,
     "Take status and headers of the answer from a CGI header block in front of the output (modes streaming and serializing).", kNotInProcess},
    {{"marshal_request"}, VariableType::boolean, "false", "false", &Settings::marshal_request,
     "Give the function the request's headers and body as one JSON object.", kNotInProcess},
    {{"warm_processes"}, VariableType::count, "0", "0", &Settings::warm_processes,
     "Processes that are started before they are needed; with cgi_headers=false or marshal_request=true only.", kNotInProcess},
    {{"warm_max_age"}, VariableType::duration, "10m", "10m", &Settings::warm_max_age,
     "How long such a process may wait before it is replaced; 0 is for ever.", kNotInProcess},
    {{"fprocess_no_new_privs"}, VariableType::strict_boolean, "false", "false", &Settings::no_new_privs,
     "Start the function with no_new_privs: no program that it runs gains privileges by set-user-ID or capabilities of its file.", kNotInProcess},
    {{"exec_memory_limit"}, VariableType::memory_limit, "0", "0", &Settings::memory_limit,
     "Address space of each process of the function (RLIMIT_AS), as 128Mi, 1Gi or a number of bytes; 0 is no limit.", kNotInProcess},
    {{"exec_cpu_limit"}, VariableType::time_limit, "0s", "0s", &Settings::cpu_limit,
     "Processor time of each process of the function (RLIMIT_CPU), rounded up to seconds; not in the http mode; 0 is no limit.", kNotInProcess},
    {{"exec_nofile_limit"}, VariableType::number_limit, "0", "0", &Settings::descriptor_limit,
     "Descriptors that each process of the function may have open (RLIMIT_NOFILE); 0 is no limit.", kNotInProcess},
    {{"allow_all_methods"}, VariableType::boolean, "false", kNone, &Settings::allow_all_methods,
     "Call the function with every method; false: any but POST, PUT, PATCH, DELETE and GET gets 405."},
    {{"static_path"}, VariableType::text, kNone, "/home/app/public", &Settings::static_path,
     "The folder that the static mode serves.", kNotInProcess},
    {{"static_listing"}, VariableType::boolean, kNone, "true", &Settings::static_listing,
     "List a folder that has no index.html (static mode).", kNotInProcess},
    {{"static_not_found"}, VariableType::text, kNone, "", &Settings::static_not_found,
     "A file under static_path that is the body of a 404.", kNotInProcess},
    {{"static_fallback"}, VariableType::text, kNone, "", &Settings::static_fallback,
     "A file under static_path that is served for unknown paths without an extension, for single-page applications.", kNotInProcess},
    {{"static_cache_control"}, VariableType::field_value, kNone, "", &Settings::static_cache_control,
     "Cache-Control of every file served.", kNotInProcess},
    {{"unhealthy_after"}, VariableType::count, kNone, "0", &Settings::unhealthy_after,
     "Failed calls in a row after which health checks fail until one succeeds (http mode); 0 is never.", kNotInProcess},
    {{"ready_path"}, VariableType::text, "", "", &Settings::ready_path,
     "A path of the function that answers GET /_/ready."},
    {{"jwt_auth"}, VariableType::strict_boolean, "false", "false", &Settings::jwt_auth,
     "Call the function only for a JSON Web Token that permits it."},
    {{"jwt_auth_local"}, VariableType::go_boolean, "false", "false", &Settings::jwt_auth_local,
     "Ask for the issuer of tokens at http://127.0.0.1:8000 instead of http://gateway.openfaas:8080."},
    {{"jwt_auth_debug"}, VariableType::go_boolean, "false", "false", &Settings::jwt_auth_debug,
     "Log the issuer, its keys, and issuer and audience of each token."},
    {{"OPENFAAS_NAME"}, VariableType::text, "", "", &Settings::function_name,
     "The function's name, which a token must permit (jwt_auth; required there)."},
    {{"OPENFAAS_NAMESPACE"}, VariableType::text, "", "", &Settings::function_namespace,
     "The function's namespace (jwt_auth); where it is not set, that of the pod's service account."},
    {{"SSL_CERT_FILE"}, VariableType::text, "", "", &Settings::certificate_file,
     "Certificates of the authorities that are trusted for https (jwt_auth), in PEM form; where it is not set, the system's."},
    {{"suppress_lock"}, VariableType::boolean, "false", "false", &Settings::suppress_lock,
     "Write no lock file; for file systems that are read-only."},
    {{"TMPDIR"}, VariableType::text, "/tmp", kNone, &Settings::temporary_folder,
     "The folder of the lock file, .lock."},
    {{"TMPDIR"}, VariableType::text, kNone, "/tmp", &Settings::temporary_folder,
     "The folder of the lock file, .lock, and of chunked bodies above 1 MiB (cgi mode)."},
    {{"log_format"}, VariableType::log_format, "text", "text", &Settings::log_json,
     "The form of our own log lines: text or json."},
    {{"log_level"}, VariableType::log_level, "info", "info", &Settings::log_level,
     "The least of our own log lines that are written: info, warning or error. Request lines are info; the function's own lines are always written."},
    {{"log_query"}, VariableType::boolean, "true", "true", &Settings::log_query,
     "Log the queries of request targets; they may hold secrets."},
    {{"log_call_id", "log_callid"}, VariableType::go_boolean, kNone, "false", &Settings::log_call_id,
     "Add the request's X-Call-Id to its log line."},
    {{"prefix_logs"}, VariableType::go_boolean, kNone, "true", &Settings::prefix_logs,
     "Put the time and the stream's name before each line of the function's output.", kNotInProcess},
    {{"log_buffer_size"}, VariableType::line_length, kNone, "65536", &Settings::log_buffer_size,
     "Bytes after which a longer line of the function's output is cut; -1 is 1 MiB.", kNotInProcess},
    {{"write_debug"}, VariableType::boolean, "false", kNone, &Settings::write_debug,
     "Write the function's output to stdout too, and log query, path and errors."},
    {{"debug_headers"}, VariableType::boolean, "false", kNone, &Settings::debug_headers,
     "Write the headers of requests and answers to stdout."},
};
// clang-format on

std::string shown_default(const Variable& variable, Program program) {
  const std::string_view text = *variable.default_text(program);
  return text.empty() ? "none" : std::string(text);
}

}  // namespace

std::span<const Variable> all_variables() { return kVariables; }

std::string_view type_name(VariableType type) {
  switch (type) {
    case VariableType::text:
    case VariableType::field_value: return "text";
    case VariableType::duration:
    case VariableType::time_limit: return "duration";
    case VariableType::count:
    case VariableType::number_limit:
    case VariableType::workers: return "number";
    case VariableType::boolean:
    case VariableType::go_boolean:
    case VariableType::strict_boolean: return "boolean";
    case VariableType::port:
    case VariableType::optional_port: return "port";
    case VariableType::line_length: return "bytes";
    case VariableType::memory_limit: return "memory";
    case VariableType::mode: return "mode";
    case VariableType::log_format: return "format";
    case VariableType::log_level: return "level";
  }
  return {};
}

std::string help_of_variables(Program program) {
  std::string help;
  for (const Variable& variable : kVariables) {
    if (!variable.default_text(program)) continue;
    const std::string_view separator = variable.names[1].empty() ? "" : ", ";
    help += fmt::format("  {}{}{} ({}, default {})\n      {}\n", variable.names[0], separator, variable.names[1],
                        type_name(variable.type), shown_default(variable, program), variable.meaning);
  }
  return help;
}

std::string markdown_table_of_variables(Program program) {
  std::string table = "| Variable | Type | Default | Meaning |\n| --- | --- | --- | --- |\n";
  for (const Variable& variable : kVariables) {
    if (!variable.default_text(program)) continue;
    std::string names = fmt::format("`{}`", variable.names[0]);
    if (!variable.names[1].empty()) names += fmt::format(", `{}`", variable.names[1]);
    const std::string text = shown_default(variable, program);
    const std::string_view quote = text == "none" ? "" : "`";
    table += fmt::format("| {} | {} | {}{}{} | {} |\n", names, type_name(variable.type), quote, text, quote, variable.meaning);
  }
  return table;
}

}  // namespace fwatchdog
