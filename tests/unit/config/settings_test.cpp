#include "config/settings.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "support/given_settings.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;
using namespace std::chrono_literals;

TEST_CASE("settings: the defaults of classic") {
  const Settings s = quiet(kClassic, {});
  CHECK(s.fprocess == "cat");
  CHECK(s.port == 8080);
  CHECK(s.metrics_port == 8081);
  CHECK(s.read_timeout == 30s);
  CHECK(s.write_timeout == 30s);
  CHECK(s.exec_timeout == 0s);
  CHECK(s.healthcheck_interval == 30s);
  CHECK(s.max_inflight == 0);
  CHECK(s.max_body_bytes == 0);
  CHECK(s.content_type.empty());
  CHECK(s.combine_output);
  CHECK(s.cgi_headers);
  CHECK_FALSE(s.cgi_response);
  CHECK_FALSE(s.marshal_request);
  CHECK_FALSE(s.allow_all_methods);
  CHECK_FALSE(s.write_debug);
  CHECK_FALSE(s.debug_headers);
  CHECK_FALSE(s.suppress_lock);
  CHECK(s.ready_path.empty());
  CHECK(s.log_query);
  CHECK_FALSE(s.log_json);
  CHECK(s.lock_path == "/tmp/.lock");
  // Of of-watchdog's variables the defaults.
  CHECK(s.prefix_logs);
  CHECK(s.log_buffer_size == 65536);
}

TEST_CASE("settings: the defaults of of-watchdog") {
  const Settings s = quiet(kOf, {});
  CHECK(s.fprocess == "cat");
  CHECK(s.mode == Mode::streaming);
  CHECK(s.upstream_url.empty());
  CHECK_FALSE(s.buffer_request_body);
  CHECK(s.exec_timeout == 30s);
  CHECK(s.healthcheck_interval == 30s);
  CHECK(s.content_type == "application/octet-stream");
  CHECK(s.static_path == "/home/app/public");
  CHECK(s.static_listing);
  CHECK(s.static_not_found.empty());
  CHECK(s.static_fallback.empty());
  CHECK(s.static_cache_control.empty());
  CHECK(s.prefix_logs);
  CHECK(s.log_buffer_size == 65536);
  CHECK_FALSE(s.log_call_id);
  CHECK(s.unhealthy_after == 0);
  CHECK(s.log_query);
  CHECK(s.cgi_headers);
  CHECK(s.combine_output);
}

TEST_CASE("settings: default_settings are those of an empty environment") {
  for (const Program program : kBoth) {
    const Settings a = default_settings(program);
    const Settings b = quiet(program, {});
    CHECK(a.fprocess.empty());
    CHECK(a.exec_timeout == b.exec_timeout);
    CHECK(a.healthcheck_interval == b.healthcheck_interval);
    CHECK(a.content_type == b.content_type);
    CHECK(a.lock_path == b.lock_path);
    CHECK(a.port == b.port);
  }
}

TEST_CASE("settings: limits") {
  for (const Program program : kBoth) {
    const Settings s = quiet(
        program, {{"read_timeout", "11s"}, {"write_timeout", "1m12s"}, {"exec_timeout", "13"}, {"healthcheck_interval", "14s"}});
    CHECK(s.read_timeout == 11s);
    CHECK(s.write_timeout == 72s);
    CHECK(s.exec_timeout == 13s);
    CHECK(s.healthcheck_interval == 14s);
    CHECK(quiet(program, {{"write_timeout", "45s"}}).healthcheck_interval == 45s);
    CHECK(quiet(program, {{"exec_timeout", "0"}}).exec_timeout == 0s);
  }
  CHECK(quiet(kClassic, {{"write_timeout", "0"}}).write_timeout == 0s);
}

TEST_CASE("settings: what is no duration or number is the default, with a warning") {
  struct Row {
    const char* name;
    const char* value;
    const char* warning;
  };
  const Row rows[] = {
      {"read_timeout", "10x", R"(Warning: read_timeout="10x" is not a duration: the default 30s is used)"},
      {"read_timeout", "", R"(Warning: read_timeout="" is not a duration: the default 30s is used)"},
      {"write_timeout", "-5s", R"(Warning: write_timeout="-5s" is not a duration: the default 30s is used)"},
      {"healthcheck_interval", "1 s",
       R"(Warning: healthcheck_interval="1 s" is not a duration: the default write_timeout (30s) is used)"},
      {"max_inflight", "-3", R"(Warning: max_inflight="-3" is not a whole number from 0: the default 0 is used)"},
      {"max_inflight", "many", R"(Warning: max_inflight="many" is not a whole number from 0: the default 0 is used)"},
      {"max_inflight", "9223372036854775808",
       R"(Warning: max_inflight="9223372036854775808" is not a whole number from 0: the default 0 is used)"},
      {"max_body_bytes", "1MB", R"(Warning: max_body_bytes="1MB" is not a whole number from 0: the default 0 is used)"},
      {"max_body_bytes", "", R"(Warning: max_body_bytes="" is not a whole number from 0: the default 0 is used)"},
      {"max_body_bytes", "1 ", R"(Warning: max_body_bytes="1 " is not a whole number from 0: the default 0 is used)"},
      {"max_body_bytes", "+-1", R"(Warning: max_body_bytes="+-1" is not a whole number from 0: the default 0 is used)"},
      {"log_format", "xml", R"(Warning: log_format="xml" is neither text nor json: the default text is used)"},
      {"port", "", R"(Warning: port="" is not a port number (1 to 65535): the default 8080 is used)"},
      {"metrics_port", "",
       R"(Warning: metrics_port="" is not a port number (1 to 65535, or 0 for no metrics): the default 8081 is used)"},
      {"metrics_port", "abc",
       R"(Warning: metrics_port="abc" is not a port number (1 to 65535, or 0 for no metrics): the default 8081 is used)"},
  };
  for (const auto& row : rows) {
    for (const Program program : kBoth) {
      CAPTURE(row.warning);
      const LoadedSettings loaded = load(program, {{row.name, row.value}});
      CHECK(loaded.warnings == Lines{row.warning});
      CHECK(loaded.settings.read_timeout == 30s);
      CHECK(loaded.settings.write_timeout == 30s);
      CHECK(loaded.settings.healthcheck_interval == 30s);
      CHECK(loaded.settings.max_inflight == 0);
      CHECK(loaded.settings.max_body_bytes == 0);
      CHECK(loaded.settings.port == 8080);
      CHECK(loaded.settings.metrics_port == 8081);
      CHECK_FALSE(loaded.settings.log_json);
    }
  }
  CHECK(load(kClassic, {{"exec_timeout", "abc"}}).warnings ==
        Lines{R"(Warning: exec_timeout="abc" is not a duration: the default 0s is used)"});
  CHECK(load(kOf, {{"exec_timeout", "abc"}}).warnings ==
        Lines{R"(Warning: exec_timeout="abc" is not a duration: the default 30s is used)"});
  CHECK(load(kOf, {{"prefix_logs", "maybe"}}).warnings ==
        Lines{R"(Warning: prefix_logs="maybe" is not a boolean: the default true is used)"});
  const LoadedSettings follows = load(kOf, {{"write_timeout", "1m30s"}, {"healthcheck_interval", "x"}});
  CHECK(follows.settings.healthcheck_interval == 90s);
  CHECK(follows.warnings ==
        Lines{R"(Warning: healthcheck_interval="x" is not a duration: the default write_timeout (1m30s) is used)"});
}

TEST_CASE("settings: numbers") {
  for (const Program program : kBoth) {
    const Settings s = quiet(
        program, {{"max_inflight", "+10"}, {"max_body_bytes", "9223372036854775807"}, {"port", "65535"}, {"metrics_port", "0"}});
    CHECK(s.max_inflight == 10);
    CHECK(s.max_body_bytes == 9223372036854775807);
    CHECK(s.port == 65535);
    CHECK(s.metrics_port == 0);
    CHECK(quiet(program, {{"port", "1"}}).port == 1);
    CHECK(quiet(program, {{"port", "08090"}}).port == 8090);
  }
}

TEST_CASE("settings: booleans of either program") {
  CHECK_FALSE(quiet(kClassic, {{"combine_output", "false"}}).combine_output);
  CHECK(quiet(kClassic, {{"combine_output", ""}}).combine_output);  // as if it were not set
  CHECK(quiet(kClassic, {{"cgi_headers", ""}}).cgi_headers);
  CHECK_FALSE(quiet(kClassic, {{"marshal_request", ""}}).marshal_request);
  CHECK_FALSE(quiet(kClassic, {{"combine_output", "0"}}).combine_output);
  CHECK_FALSE(quiet(kClassic, {{"cgi_headers", "false"}}).cgi_headers);
  CHECK(quiet(kClassic, {{"marshal_request", "true"}}).marshal_request);
  CHECK(quiet(kClassic, {{"allow_all_methods", "true"}}).allow_all_methods);
  CHECK(quiet(kClassic, {{"write_debug", "true"}}).write_debug);
  CHECK(quiet(kClassic, {{"debug_headers", "true"}}).debug_headers);
  CHECK(quiet(kOf, {{"suppress_lock", "1"}}).suppress_lock);
  CHECK(quiet(kOf, {{"suppress_lock", "true"}}).suppress_lock);
  CHECK_FALSE(quiet(kOf, {{"log_query", "false"}}).log_query);
  CHECK_FALSE(quiet(kOf, {{"static_listing", "0"}}).static_listing);

  const LoadedSettings classic = load(kClassic, {{"combine_output", "1"}});
  CHECK_FALSE(classic.settings.combine_output);
  CHECK(classic.warnings == Lines{R"(Warning: combine_output="1" counts as false: only "true" is true)"});
  const LoadedSettings of = load(kOf, {{"suppress_lock", "True"}});
  CHECK_FALSE(of.settings.suppress_lock);
  CHECK(of.warnings == Lines{R"(Warning: suppress_lock="True" counts as false: only "true" and "1" are true)"});
}

TEST_CASE("settings: booleans as Go's ParseBool") {
  for (const char* text : {"0", "f", "F", "false", "FALSE", "False"}) {
    CHECK_FALSE(quiet(kOf, {{"prefix_logs", text}}).prefix_logs);
    CHECK_FALSE(quiet(kOf, {{"log_callid", text}}).log_call_id);
  }
  for (const char* text : {"1", "t", "T", "true", "TRUE", "True"}) {
    CHECK(quiet(kOf, {{"prefix_logs", text}}).prefix_logs);
    CHECK(quiet(kOf, {{"log_callid", text}}).log_call_id);
    CHECK(quiet(kOf, {{"log_call_id", text}}).log_call_id);
  }
  CHECK(load(kOf, {{"prefix_logs", "tRUE"}}).settings.prefix_logs);
  CHECK_FALSE(load(kOf, {{"log_callid", "yes"}}).settings.log_call_id);
}

TEST_CASE("settings: of two names the one that wins") {
  CHECK(quiet(kOf, {{"function_process", "node index.js"}}).fprocess == "node index.js");
  CHECK(quiet(kOf, {{"function_process", ""}}).fprocess == "cat");
  CHECK(quiet(kClassic, {{"function_process", "node index.js"}}).fprocess == "cat");
  CHECK(quiet(kOf, {{"upstream_url", "http://a"}}).upstream_url == "http://a");
  CHECK(quiet(kOf, {{"upstream_url", "http://a"}, {"http_upstream_url", "http://b"}}).upstream_url == "http://b");
  for (const char* name : {"http_buffer_req_body", "buffer_http"}) CHECK(quiet(kOf, {{name, "true"}}).buffer_request_body);
  CHECK(quiet(kOf, {{"http_buffer_req_body", "false"}, {"buffer_http", "1"}}).buffer_request_body);
  CHECK_FALSE(quiet(kOf, {{"http_buffer_req_body", "false"}, {"buffer_http", "false"}}).buffer_request_body);
}

TEST_CASE("settings: fprocess is kept as it was written") {
  CHECK(quiet(kClassic, {{"fprocess", " sh -c 'echo \"a  b\"' "}}).fprocess == " sh -c 'echo \"a  b\"' ");
}

TEST_CASE("settings: the function is required") {
  constexpr auto kClassicText = "Provide a valid process via fprocess environmental variable.";
  constexpr auto kOfText =
      R"(Error loading config: provide a "function_process" or "fprocess" environmental variable for your function)";
  CHECK(error_of(kClassic, Environment()) == kClassicText);
  CHECK(error_of(kOf, Environment()) == kOfText);
  for (const char* nothing : {"", " ", "\t"}) {
    CHECK(error_of(kClassic, {{"fprocess", nothing}}) == kClassicText);
    CHECK(error_of(kOf, {{"fprocess", nothing}}) == kOfText);
  }
  CHECK(error_of(kOf, {{"fprocess", ""}, {"mode", "http"}, {"upstream_url", "http://a"}}) == kOfText);
  CHECK(error_of(kOf, {{"fprocess", ""}, {"mode", "static"}}) == "no error");
  CHECK(error_of(kOf, {{"fprocess", ""}, {"mode", "inproc"}}) == "no error");
}

TEST_CASE("settings: values of headers stay on their line") {
  for (const Program program : kBoth) {
    for (const char* text : {"text/html", "text/html\n", " text/html\r\n", "\ttext/html"})
      CHECK(quiet(program, {{"content_type", text}}).content_type == "text/html");
    CHECK(quiet(program, {{"content_type", "a/b;\n c=d"}}).content_type == "a/b;  c=d");
    CHECK(quiet(program, {{"content_type", "\n"}}).content_type.empty());
    for (const char* text : {"a\x01", "a\x7f/b", "a\x1b[1m"}) {
      const std::string from = program == kOf ? "Error loading config: " : "";
      CHECK(error_of(program, {{"content_type", text}}) ==
            from + "content_type=\"" + text + "\" has a control character, which no header may have");
    }
  }
  CHECK(quiet(kOf, {{"static_cache_control", "no-store\n"}}).static_cache_control == "no-store");
}

TEST_CASE("settings: modes") {
  CHECK(quiet(kOf, {{"mode", "streaming"}}).mode == Mode::streaming);
  CHECK(quiet(kOf, {{"mode", "serializing"}}).mode == Mode::serializing);
  CHECK(quiet(kOf, {{"mode", "http"}, {"upstream_url", "http://127.0.0.1:3000"}}).mode == Mode::http);
  CHECK(quiet(kOf, {{"mode", "static"}}).mode == Mode::static_files);
  CHECK(quiet(kOf, {{"mode", "cgi"}}).mode == Mode::cgi);
  CHECK(quiet(kOf, {{"mode", "inproc"}}).mode == Mode::inproc);
  for (const char* mode : {"afterburn", "nonsense", "HTTP", "http "}) {
    CHECK(error_of(kOf, {{"mode", mode}}) == "Error loading config: unknown watchdog mode: " + std::string(mode) +
                                                 "; the modes are: streaming, serializing, http, static, cgi, inproc");
  }
  CHECK(quiet(kOf, {{"mode", ""}}).mode == Mode::streaming);
  CHECK(quiet(kClassic, {{"mode", "nonsense"}}).fprocess == "cat");
  for (const Mode mode : {Mode::streaming, Mode::serializing, Mode::http, Mode::static_files, Mode::cgi, Mode::inproc}) {
    CHECK_FALSE(mode_name(mode).empty());
  }
}

TEST_CASE("settings: what a mode needs") {
  CHECK(error_of(kOf, {{"write_timeout", "0"}}) == "Error loading config: HTTP write timeout must be over 0s");
  CHECK(error_of(kOf, {{"mode", "http"}}) == R"(For "mode=http" you must specify a valid URL for "http_upstream_url")");
  CHECK(error_of(kOf, {{"mode", "http"}, {"upstream_url", ""}}) ==
        R"(For "mode=http" you must specify a valid URL for "http_upstream_url")");
  CHECK(error_of(kOf, {{"mode", "static"}, {"static_path", ""}}) ==
        R"(For "mode=static" you must specify the "static_path" to serve)");
  CHECK(error_of(kOf, {{"static_path", ""}}) == "no error");
}

TEST_CASE("settings: ports") {
  for (const char* value : {"abc", "0", "65536", "-1", "80x", " 80", "8080.0", "99999999999999999999", "+", "\n"}) {
    const std::string text = "port=\"" + std::string(value) + "\" is not a port number (1 to 65535)";
    CHECK(error_of(kClassic, {{"port", value}}) == text);
    CHECK(error_of(kOf, {{"port", value}}) == "Error loading config: " + text);
  }
  CHECK(error_of(kClassic, {{"port", "8081"}}) == "port and metrics_port are both 8081: give them different numbers");
  CHECK(error_of(kOf, {{"metrics_port", "8080"}}) ==
        "Error loading config: port and metrics_port are both 8080: give them different numbers");
}

TEST_CASE("settings: log_buffer_size") {
  CHECK(quiet(kOf, {{"log_buffer_size", "300"}}).log_buffer_size == 300);
  CHECK(quiet(kOf, {{"log_buffer_size", "1"}}).log_buffer_size == 1);
  CHECK(quiet(kOf, {{"log_buffer_size", "-1"}}).log_buffer_size == 1048576);
  for (const char* value : {"big", "", "0", "-2", "1k"}) {
    CHECK(error_of(kOf, {{"log_buffer_size", value}}) ==
          "Error loading config: invalid log_buffer_size value: " + std::string(value) +
              ", error: it is not a number of bytes (1 or more, or -1)");
  }
  CHECK(quiet(kClassic, {{"log_buffer_size", "big"}}).log_buffer_size == 65536);
}

TEST_CASE("settings: the lock file's path") {
  CHECK(quiet(kClassic, {{"TMPDIR", "/run/fn"}}).lock_path == "/run/fn/.lock");
  CHECK(quiet(kOf, {{"TMPDIR", "/run/fn/"}}).lock_path == "/run/fn/.lock");
  CHECK(quiet(kOf, {{"TMPDIR", "/"}}).lock_path == "/.lock");
  CHECK(quiet(kOf, {{"TMPDIR", ""}}).lock_path == "/tmp/.lock");
}

TEST_CASE("settings: texts and formats") {
  const Settings s = quiet(kOf, {{"content_type", "text/csv"},
                                 {"ready_path", "/ready"},
                                 {"log_format", "json"},
                                 {"static_path", "/srv"},
                                 {"static_not_found", "404.html"},
                                 {"static_fallback", "index.html"},
                                 {"static_cache_control", "max-age=60"},
                                 {"unhealthy_after", "3"}});
  CHECK(s.content_type == "text/csv");
  CHECK(s.ready_path == "/ready");
  CHECK(s.log_json);
  CHECK(s.static_path == "/srv");
  CHECK(s.static_not_found == "404.html");
  CHECK(s.static_fallback == "index.html");
  CHECK(s.static_cache_control == "max-age=60");
  CHECK(s.unhealthy_after == 3);
  CHECK(quiet(kClassic, {{"content_type", "text/csv"}}).content_type == "text/csv");
  CHECK_FALSE(quiet(kClassic, {{"log_format", "text"}}).log_json);
}

TEST_CASE("settings: several warnings come in the table's order") {
  const LoadedSettings loaded = load(kClassic, {{"max_inflight", "x"}, {"read_timeout", "y"}, {"log_format", "z"}});
  REQUIRE(loaded.warnings.size() == 3);
  CHECK(loaded.warnings[0].find("read_timeout") != std::string::npos);
  CHECK(loaded.warnings[1].find("max_inflight") != std::string::npos);
  CHECK(loaded.warnings[2].find("log_format") != std::string::npos);
}

TEST_CASE("settings: a program that is its own function needs no other") {
  const Settings s = quiet(Program::in_process, {});
  CHECK(s.mode == Mode::inproc);
  CHECK(s.exec_timeout == 30s);
  CHECK(s.fprocess.empty());
  // What speaks of a process is not read.
  const Settings other = quiet(Program::in_process, {{"mode", "nonsense"}, {"fprocess", "cat"}, {"log_buffer_size", "x"}});
  CHECK(other.mode == Mode::inproc);
  CHECK(other.fprocess.empty());
  CHECK(error_of(Program::in_process, {{"port", "x"}}).starts_with("Error loading config: port=\"x\""));
  CHECK(load(Program::in_process, {{"exec_timeout", "40s"}}).warnings.size() == 1);
}

TEST_CASE("tokens") {
  for (const Program program : kBoth) {
    const Settings off = quiet(program, {});
    CHECK_FALSE(off.jwt_auth);
    CHECK_FALSE(off.jwt_auth_local);
    CHECK_FALSE(off.jwt_auth_debug);
    const Settings on = quiet(program, {{"jwt_auth", "1"},
                                        {"jwt_auth_local", "1"},
                                        {"jwt_auth_debug", "true"},
                                        {"OPENFAAS_NAME", "env"},
                                        {"OPENFAAS_NAMESPACE", "fn"},
                                        {"SSL_CERT_FILE", "/ca.pem"}});
    CHECK(on.jwt_auth);
    CHECK(on.jwt_auth_local);
    CHECK(on.jwt_auth_debug);
    CHECK(on.function_name == "env");
    CHECK(on.function_namespace == "fn");
    CHECK(on.certificate_file == "/ca.pem");

    // Who misspells it must not get a function that is open.
    const auto refused = load_settings(program, environment_with({{"jwt_auth", "yes"}}));
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().text().find("jwt_auth=\"yes\" is not a boolean") != std::string::npos);
    CHECK_FALSE(load(program, {{"jwt_auth", ""}}).settings.jwt_auth);
  }
}
