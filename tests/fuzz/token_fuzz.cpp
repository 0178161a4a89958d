// JSON Web Tokens and key sets. The input: a token, and on the lines behind it a key set.
#include <string>
#include <vector>

#include "crypto/base64url.hpp"
#include "middleware/function_claims.hpp"
#include "middleware/json.hpp"
#include "middleware/key_set.hpp"
#include "middleware/signed_token.hpp"
#include "property.hpp"
#include "support/given_keys.hpp"

namespace fwatchdog::fuzz {

namespace {

std::string base64url(std::string_view bytes) {
  static constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string text;
  unsigned bits = 0;
  unsigned count = 0;
  for (const char c : bytes) {
    bits = bits << 8U | static_cast<unsigned char>(c);
    for (count += 8; count >= 6; count -= 6) text += kDigits[bits >> (count - 6) & 63U];
  }
  if (count > 0) text += kDigits[bits << (6 - count) & 63U];
  return text;
}

/// The same by another way: where the pattern may be after each character of the name.
bool matches_slowly(std::string_view pattern, std::string_view name) {
  std::vector<bool> at(pattern.size() + 1);
  at[0] = true;
  const auto pass_stars = [&] {
    for (std::size_t i = 0; i < pattern.size(); ++i) at[i + 1] = at[i + 1] || (at[i] && pattern[i] == '*');
  };
  pass_stars();
  for (const char c : name) {
    std::vector<bool> next(at.size());
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      if (at[i] && pattern[i] == '*') next[i] = true;
      if (at[i] && pattern[i] == c) next[i + 1] = true;
    }
    at = std::move(next);
    pass_stars();
  }
  return at.back();
}

bool is_given(std::string_view token) {
  return token == test::kGoodToken || token == test::kOtherToken || token == test::kExpiredToken || token == test::kLaterToken;
}

void check_claims(std::string_view json) {
  const auto claims = read_claims(json);
  if (!claims.ok()) return;
  static constexpr double kNow = 1.8e9;
  const bool holds = claims->check("http://issuer", kNow).ok();
  must(!holds || (claims->expires && *claims->expires > kNow - 2), "a token that is good has not expired", json);
  must(!holds || claims->issuer == "http://issuer", "a token that is good is the issuer's", json);
  must(!claims->permit("fn:env") || !claims->permissions.empty(), "a token without permissions permits nothing", json);
  for (const std::string& pattern : claims->permissions) {
    for (const std::string_view name : {"fn:env", "", "openfaas-fn:*env", "aaaaaaaaab"}) {
      must(matches_pattern(pattern, name) == matches_slowly(pattern, name), "a pattern matches as it should", pattern);
    }
  }
}

void check_keys(const KeySet& keys, const SignedToken& token, std::string_view text, bool given) {
  const SigningKey* key = keys.find(token.key_id, token.algorithm);
  must(key == nullptr || (key->id == token.key_id && key->key.fits(token.algorithm)), "a key fits what it is asked for", text);
  if (key == nullptr) return;
  const bool good = key->key.verifies(token.algorithm, token.message, token.signature);
  must(!given || !good || is_given(text), "nobody signs but who has the key", text);
}

void check_token(std::string_view text, const KeySet& found) {
  static const auto given = KeySet::parse(R"({"keys":[)" + std::string(test::kJwk) + "]}");
  const auto token = parse_signed_token(text);
  must(token.ok() || token.error().what.starts_with("token is "), "the error says what is wrong", text);
  if (!token.ok()) return;
  must(std::string(token->message) + "." + base64url(token->signature) == text, "a token has one spelling", text);
  must(token->message.ends_with("." + base64url(token->claims)), "its claims have one spelling", text);
  check_keys(*given, *token, text, true);
  check_keys(found, *token, text, false);
  check_claims(token->claims);
}

}  // namespace

}  // namespace fwatchdog::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fwatchdog;
  using namespace fwatchdog::fuzz;
  std::string_view rest = text_of(data, size);
  const std::string_view text = take_until(rest, '\n');
  KeySet found;
  if (auto keys = KeySet::parse(rest); keys.ok()) found = std::move(*keys);
  for (const SigningKey& key : found.keys()) must(found.has(key.id), "a key is found by its name", key.id);
  check_token(text, found);
  check_claims(rest);
  if (const auto bytes = decode_base64url(text)) must(base64url(*bytes) == text, "bytes have one spelling", text);
  return 0;
}
