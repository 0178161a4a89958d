#include "http/conditional.hpp"

#include <algorithm>
#include <cstddef>

#include "http/date.hpp"

namespace fwatchdog {

namespace {

/// What a condition says: it is not there (or does not count), it holds, or it does not.
enum class Answer { absent, yes, no };

Answer answer(bool holds) { return holds ? Answer::yes : Answer::no; }

constexpr std::string_view kWeak = "W/";

/// The entity tag at the start of `text`, with its quotes and `W/`; empty when there is none.
std::string_view tag_at_start(std::string_view text) {
  const std::size_t open = text.starts_with(kWeak) ? kWeak.size() : 0;
  if (open >= text.size() || text[open] != '"') return {};
  for (std::size_t at = open + 1; at < text.size(); ++at) {
    if (text[at] == '"') return text.substr(0, at + 1);
    if (static_cast<unsigned char>(text[at]) <= ' ' || text[at] == 0x7f) return {};
  }
  return {};
}

bool strong_match(std::string_view a, std::string_view b) { return a == b && a.starts_with('"'); }

bool weak_match(std::string_view a, std::string_view b) {
  if (a.starts_with(kWeak)) a.remove_prefix(kWeak.size());
  if (b.starts_with(kWeak)) b.remove_prefix(kWeak.size());
  return a == b;
}

using Match = bool (*)(std::string_view, std::string_view);

/// True when `list` is `*` or has the tag; what follows the first malformed member does not count.
bool list_matches(std::string_view list, std::string_view etag, Match match) {
  while (true) {
    list = trim_ows(list);
    if (list.empty()) return false;
    if (list.front() == ',') {
      list.remove_prefix(1);
      continue;
    }
    if (list.front() == '*') return true;
    const std::string_view tag = tag_at_start(list);
    if (tag.empty()) return false;
    if (match(tag, etag)) return true;
    list.remove_prefix(tag.size());
  }
}

Answer tags_answer(std::span<const Field> fields, std::string_view name, std::string_view etag, Match match) {
  Answer found = Answer::absent;
  for (const Field& field : fields) {
    if (field.value.empty() || !equal_ignoring_case(field.name, name)) continue;
    if (list_matches(field.value, etag, match)) return Answer::yes;
    found = Answer::no;
  }
  return found;
}

/// The one value of that name; nothing when it is missing, empty or given twice.
std::optional<std::string_view> single(std::span<const Field> fields, std::string_view name) {
  const auto has_name = [name](const Field& field) { return equal_ignoring_case(field.name, name); };
  const auto first = std::find_if(fields.begin(), fields.end(), has_name);
  if (first == fields.end() || first->value.empty() || std::find_if(first + 1, fields.end(), has_name) != fields.end())
    return std::nullopt;
  return first->value;
}

/// Whether the content was changed after the date in the field `name`.
Answer changed_since(std::span<const Field> fields, std::string_view name, const Validators& current) {
  const auto value = single(fields, name);
  if (!value || !current.modified) return Answer::absent;
  const auto date = parse_http_date(*value);
  return date ? answer(*current.modified > *date) : Answer::absent;
}

}  // namespace

Precondition evaluate_preconditions(std::string_view method, std::span<const Field> fields, const Validators& current) {
  const Answer match = tags_answer(fields, "If-Match", current.etag, strong_match);
  if (match == Answer::no) return Precondition::precondition_failed;
  if (match == Answer::absent && changed_since(fields, "If-Unmodified-Since", current) == Answer::yes) {
    return Precondition::precondition_failed;
  }

  const bool reads = method == "GET" || method == "HEAD";
  const Answer none_match = tags_answer(fields, "If-None-Match", current.etag, weak_match);
  if (none_match == Answer::yes) return reads ? Precondition::not_modified : Precondition::precondition_failed;
  if (none_match == Answer::absent && reads && changed_since(fields, "If-Modified-Since", current) == Answer::no) {
    return Precondition::not_modified;
  }
  return Precondition::proceed;
}

bool range_applies(std::span<const Field> fields, const Validators& current) {
  const auto is_if_range = [](const Field& field) { return equal_ignoring_case(field.name, "If-Range") && !field.value.empty(); };
  if (std::none_of(fields.begin(), fields.end(), is_if_range)) return true;
  const auto value = single(fields, "If-Range");
  if (!value) return false;
  if (value->starts_with('"') || value->starts_with(kWeak))
    return tag_at_start(*value) == *value && strong_match(*value, current.etag);
  const auto date = parse_http_date(*value);
  return date && current.modified && *date == *current.modified;
}

}  // namespace fwatchdog
