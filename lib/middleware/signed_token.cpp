#include "middleware/signed_token.hpp"

#include "crypto/base64url.hpp"
#include "middleware/json.hpp"

namespace fwatchdog {

namespace {

Error malformed(std::string why) { return Error(Errc::invalid, "token is malformed: " + std::move(why)); }
Error unverifiable(std::string why) { return Error(Errc::invalid, "token is unverifiable: " + std::move(why)); }

Result<void> read_header(std::string_view text, SignedToken& token) {
  const Result<Json> json = Json::parse(text);
  if (!json.ok() || !json->root().is_object()) return malformed("could not JSON decode header");
  const JsonValue header = json->root();
  const auto name = header.member("alg").text();
  if (!name) return malformed("alg is no text");
  const auto algorithm = signature_algorithm(*name);
  if (!algorithm) return unverifiable("signing method is not available");
  const auto key_id = header.member("kid").text();
  if (!key_id) return unverifiable("invalid kid");
  if (!header.member("crit").missing()) return unverifiable("crit is not understood");
  token.algorithm = *algorithm;
  token.key_id = *key_id;
  return {};
}

}  // namespace

Result<SignedToken> parse_signed_token(std::string_view token) {
  if (token.size() > kMaxTokenSize) return malformed("token is too large");
  const std::size_t first = token.find('.');
  const std::size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos)
    return malformed("token contains an invalid number of segments");
  const auto header = decode_base64url(token.substr(0, first));
  if (!header) return malformed("could not base64 decode header");
  auto claims = decode_base64url(token.substr(first + 1, second - first - 1));
  if (!claims) return malformed("could not base64 decode claim");
  auto signature = decode_base64url(token.substr(second + 1));
  if (!signature) return malformed("could not base64 decode signature");
  SignedToken made;
  Result<void> read = read_header(*header, made);
  if (!read.ok()) return std::move(read.error());
  made.message = token.substr(0, second);
  made.claims = std::move(*claims);
  made.signature = std::move(*signature);
  return made;
}

}  // namespace fwatchdog
