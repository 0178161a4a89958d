#include "middleware/jwt.hpp"

#include <fmt/format.h>

#include <chrono>

#include "config/duration.hpp"
#include "http/target.hpp"
#include "middleware/signed_token.hpp"

namespace fwatchdog {

namespace {

constexpr std::string_view kScheme = "Bearer ";

double seconds_since_1970() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

/// The token of a call; as in Go's program the scheme may be left out. Empty: there is none.
std::string_view token_in(const Request& request) {
  const std::string_view value = request.headers->get("Authorization").value_or("");
  if (value.substr(0, kScheme.size()) == kScheme) return trim_ows(value.substr(kScheme.size()));
  return value == trim_ows(kScheme) ? std::string_view() : value;
}

}  // namespace

Task<void> JwtCheck::handle(Request& request, ResponseWriter& response) {
  Result<FunctionClaims> claims = co_await claims_of(request);
  if (!claims.ok()) {
    co_await deny(request, response, 401, claims.error().what);
  } else if (!claims->permit(options_.function)) {
    co_await deny(request, response, 403, "insufficient permissions");
  } else {
    co_await next_.handle(request, response);
  }
}

Task<Result<FunctionClaims>> JwtCheck::claims_of(const Request& request) {
  const std::string_view text = token_in(request);
  if (text.empty()) co_return Error(Errc::invalid, "Bearer must be present in Authorization header");
  const std::string failed = "failed to parse JWT token: ";
  const Result<SignedToken> token = parse_signed_token(text);
  if (!token.ok()) co_return Error(Errc::invalid, failed + token.error().what);
  const SigningKey* key = co_await keys_.find(token->key_id, token->algorithm, request.token());
  if (key == nullptr) co_return Error(Errc::invalid, failed + "token is unverifiable: invalid kid, or alg is not for its key");
  if (!key->key.verifies(token->algorithm, token->message, token->signature))
    co_return Error(Errc::invalid, failed + "token signature is invalid");
  Result<FunctionClaims> claims = read_claims(token->claims);
  if (!claims.ok()) co_return Error(Errc::invalid, failed + claims.error().what);
  if (options_.debug) {
    const fmt::string_view separator = " ";
    logger_.info("[JWT Auth] Token: audience: [{}]\tissuer: {}", fmt::join(claims->audience, separator), claims->issuer);
  }
  const Result<void> checked = claims->check(keys_.issuer(), seconds_since_1970());
  if (!checked.ok()) co_return Error(Errc::invalid, failed + checked.error().what);
  co_return claims;
}

Task<void> JwtCheck::deny(const Request& request, ResponseWriter& response, int status, std::string_view reason) {
  const auto passed = std::chrono::round<std::chrono::milliseconds>(std::chrono::steady_clock::now() - request.begun);
  if (options_.debug) logger_.info("[JWT Auth] Denied: {}", reason);
  logger_.warning("{} {} - {} ACCESS DENIED - ({})", request.method, percent_decode(request.target.path), status,
                  format_go_duration(passed));
  response.set_status(status);
  response.add_field("Content-Type", "text/plain; charset=utf-8");
  if (status == 401) response.add_field("WWW-Authenticate", "Bearer realm=IAM function invoke");
  response.add_field("X-Content-Type-Options", "nosniff");
  response.add_field("X-OpenFaaS-Internal", "faas-middleware");
  const std::string body = std::string(reason) + "\n";
  (void)co_await response.send(std::string_view(body));  // the caller may have left
}

}  // namespace fwatchdog
