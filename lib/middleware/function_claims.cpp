#include "middleware/function_claims.hpp"

#include <algorithm>
#include <cstddef>

#include "middleware/json.hpp"

namespace fwatchdog {

namespace {

Error malformed(std::string_view claim) {
  return Error(Errc::invalid, "token is malformed: could not JSON decode claim " + std::string(claim));
}
Error refused(std::string_view why) { return Error(Errc::invalid, "token has invalid claims: " + std::string(why)); }

using Texts = std::vector<std::string>;

/// Nothing for what is no list of texts; a list that is missing is empty.
std::optional<Texts> texts_of(JsonValue list) {
  Texts texts;
  if (list.missing()) return texts;
  if (!list.is_list()) return std::nullopt;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto text = list.at(i).text();
    if (!text) return std::nullopt;
    texts.emplace_back(*text);
  }
  return texts;
}

bool any_matches(const Texts& patterns, std::string_view name) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [name](const std::string& pattern) { return matches_pattern(pattern, name); });
}

/// Nothing for what is no text; a text that is missing is empty.
std::optional<std::string> text_of(JsonValue value) {
  if (value.missing()) return std::string();
  const auto text = value.text();
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

}  // namespace

bool FunctionClaims::permit(std::string_view function) const {
  return any_matches(permissions, function) && (functions.empty() || any_matches(functions, function));
}

Result<void> FunctionClaims::check(std::string_view wanted_issuer, double now) const {
  if (!expires) return refused("exp claim is required");
  if (!(now < *expires + kClockLeeway)) return refused("token is expired");
  if (begins && now < *begins - kClockLeeway) return refused("token is not valid yet");
  if (issuer != wanted_issuer) return refused("token has invalid issuer");
  if (std::find(audience.begin(), audience.end(), wanted_issuer) == audience.end()) return refused("token has invalid audience");
  return {};
}

Result<FunctionClaims> read_claims(std::string_view json) {
  const Result<Json> parsed = Json::parse(json);
  if (!parsed.ok() || !parsed->root().is_object()) return malformed("set");
  const JsonValue root = parsed->root();
  FunctionClaims claims;

  auto issuer = text_of(root.member("iss"));
  if (!issuer) return malformed("iss");
  claims.issuer = std::move(*issuer);

  const JsonValue for_whom = root.member("aud");
  auto audience = for_whom.text() ? std::optional(Texts{std::string(*for_whom.text())}) : texts_of(for_whom);
  if (!audience) return malformed("aud");
  claims.audience = std::move(*audience);

  // `iat` limits nothing, as in Go's program, but must be what it says.
  for (const char* name : {"exp", "nbf", "iat"}) {
    if (!root.member(name).missing() && !root.member(name).number()) return malformed(name);
  }
  claims.expires = root.member("exp").number();
  claims.begins = root.member("nbf").number();

  const JsonValue function = root.member("function");
  auto permissions = texts_of(function.member("permissions"));
  auto functions = texts_of(function.member("audience"));
  if ((!function.missing() && !function.is_object()) || !permissions || !functions) return malformed("function");
  claims.permissions = std::move(*permissions);
  claims.functions = std::move(*functions);
  return claims;
}

bool matches_pattern(std::string_view pattern, std::string_view name) {
  std::size_t at = 0;    // in the pattern
  std::size_t seen = 0;  // of the name
  std::size_t star = std::string_view::npos;
  std::size_t after_star = 0;  // where in the name the last star's part ends
  while (seen < name.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      after_star = seen;
    } else if (at < pattern.size() && pattern[at] == name[seen]) {
      ++at;
      ++seen;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      seen = ++after_star;
    } else {
      return false;
    }
  }
  while (at < pattern.size() && pattern[at] == '*') ++at;
  return at == pattern.size();
}

}  // namespace fwatchdog
