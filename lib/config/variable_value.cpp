#include "config/variable_value.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "config/memory_size.hpp"

namespace fwatchdog {

namespace {

constexpr Mode kModes[] = {Mode::streaming, Mode::serializing, Mode::http, Mode::static_files, Mode::cgi, Mode::inproc};
constexpr std::uint64_t kMostWorkers = 256;
constexpr std::uint64_t kLongestPiece = std::uint64_t{1} << 20;
// No program starts with less; who writes `128` means another unit.
constexpr std::uint64_t kLeastMemory = std::uint64_t{1} << 20;
// Standard input, output, error, and what a dynamic linker opens.
constexpr std::uint64_t kLeastDescriptors = 4;

// Go's Atoi takes a plus sign; from_chars does not.
std::string_view without_plus(std::string_view text) {
  if (text.size() > 1 && text.front() == '+' && text[1] != '-') text.remove_prefix(1);
  return text;
}

template <class Integer>
std::optional<Integer> parse_integer(std::string_view text) {
  text = without_plus(text);
  Integer value{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> parse_count(std::string_view text) {
  const auto value = parse_integer<std::int64_t>(text);
  if (!value || *value < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*value);
}

std::optional<std::uint64_t> at_least(std::uint64_t least, std::optional<std::uint64_t> value) {
  return value && (*value == 0 || *value >= least) ? value : std::nullopt;
}

std::optional<std::uint64_t> parse_workers(std::string_view text) {
  if (text == "auto") return 0;
  const auto count = parse_count(text);
  return count && *count >= 1 && *count <= kMostWorkers ? count : std::nullopt;
}

std::optional<std::uint16_t> parse_port(std::string_view text, std::uint16_t lowest) {
  const auto port = parse_integer<std::uint16_t>(text);
  return port && *port >= lowest ? port : std::nullopt;
}

std::optional<bool> parse_go_bool(std::string_view text) {
  for (const std::string_view word : {"1", "t", "T", "true", "TRUE", "True"}) {
    if (text == word) return true;
  }
  for (const std::string_view word : {"0", "f", "F", "false", "FALSE", "False"}) {
    if (text == word) return false;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> parse_line_length(std::string_view text) {
  const auto bytes = parse_integer<std::int64_t>(text);
  if (bytes == -1) return kLongestPiece;
  if (!bytes || *bytes < 1) return std::nullopt;
  return static_cast<std::uint64_t>(*bytes);
}

std::optional<Mode> parse_mode(std::string_view text) {
  const auto* mode = std::find_if(std::begin(kModes), std::end(kModes), [text](Mode known) { return mode_name(known) == text; });
  return mode == std::end(kModes) ? std::nullopt : std::optional(*mode);
}

std::optional<bool> parse_log_format(std::string_view text) {
  if (text == "text" || text == "json") return text == "json";
  return std::nullopt;
}

std::optional<LogLevel> parse_log_level(std::string_view text) {
  if (text == "info") return LogLevel::info;
  if (text == "warning" || text == "warn") return LogLevel::warning;
  if (text == "error") return LogLevel::error;
  return std::nullopt;
}

/// As Go's net/http sends it: a value from a YAML block, say, ends with a line break.
std::optional<std::string> parse_field_value(std::string_view text) {
  std::string value(text);
  std::replace_if(
      value.begin(), value.end(), [](char c) { return c == '\r' || c == '\n'; }, ' ');
  const std::size_t begin = std::min(value.find_first_not_of(" \t"), value.size());
  value = value.substr(begin, value.find_last_not_of(" \t") + 1 - begin);
  const auto is_control = [](char c) { return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f'; };
  return std::ranges::any_of(value, is_control) ? std::nullopt : std::optional(std::move(value));
}

/// As in Go, where an empty text is no boolean and no mode.
bool empty_is_unset(VariableType type) { return type == VariableType::boolean || type == VariableType::mode; }

template <class T>
Result<void> store(const Variable& variable, Settings& settings, std::optional<T> value, std::string_view rule) {
  if (!value) return Error(Errc::invalid, std::string(rule));
  settings.*std::get<T Settings::*>(variable.member) = std::move(*value);
  return {};
}

}  // namespace

std::string_view mode_name(Mode mode) {
  switch (mode) {
    case Mode::streaming: return "streaming";
    case Mode::serializing: return "serializing";
    case Mode::http: return "http";
    case Mode::static_files: return "static";
    case Mode::cgi: return "cgi";
    case Mode::inproc: return "inproc";
  }
  return {};
}

std::optional<GivenValue> given_value(Program program, const Variable& variable, const Environment& environment) {
  std::optional<GivenValue> given;
  for (const std::string_view name : variable.names) {
    const auto value = name.empty() ? std::nullopt : environment.get(name);
    if (!value || (value->empty() && empty_is_unset(variable.type))) continue;
    const bool better = variable.type == VariableType::boolean ? is_true(program, *value) : given && given->value.empty();
    if (!given || better) given = GivenValue{name, *value};
  }
  return given;
}

bool is_true(Program program, std::string_view text) { return text == "true" || (program != Program::classic && text == "1"); }

Result<void> store_value(Program program, const Variable& variable, std::string_view text, Settings& settings) {
  const auto put = [&](auto value, std::string_view rule) { return store(variable, settings, std::move(value), rule); };
  switch (variable.type) {
    case VariableType::text: return put(std::optional(std::string(text)), "");
    case VariableType::field_value: return put(parse_field_value(text), "has a control character, which no header may have");
    case VariableType::duration:
    case VariableType::time_limit: return put(parse_duration_setting(text), "is not a duration");
    case VariableType::count: return put(parse_count(text), "is not a whole number from 0");
    case VariableType::workers: return put(parse_workers(text), "is neither a whole number from 1 to 256 nor auto");
    case VariableType::boolean: return put(std::optional(is_true(program, text)), "");
    case VariableType::go_boolean:
    case VariableType::strict_boolean: return put(parse_go_bool(text), "is not a boolean");
    case VariableType::port: return put(parse_port(text, 1), "is not a port number (1 to 65535)");
    case VariableType::optional_port: return put(parse_port(text, 0), "is not a port number (1 to 65535, or 0 for no metrics)");
    case VariableType::line_length: return put(parse_line_length(text), "is not a number of bytes (1 or more, or -1)");
    case VariableType::memory_limit:
      return put(at_least(kLeastMemory, parse_memory_size(text)),
                 "is not an amount of memory (128Mi, 1Gi, 134217728; 1Mi or more, or 0 for no limit)");
    case VariableType::number_limit:
      return put(at_least(kLeastDescriptors, parse_count(text)), "is not a whole number from 4, or 0 for no limit");
    case VariableType::mode: return put(parse_mode(text), "is not a mode");
    case VariableType::log_format: return put(parse_log_format(text), "is neither text nor json");
    case VariableType::log_level: return put(parse_log_level(text), "is none of info, warning, error");
  }
  return {};
}

}  // namespace fwatchdog
