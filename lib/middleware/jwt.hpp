/// JwtCheck: lets a call through to the function when it brings a token that permits it (CONTRACT: JWT).
#pragma once

#include <string>

#include "http/handler.hpp"
#include "log/logger.hpp"
#include "middleware/function_claims.hpp"
#include "middleware/jwks.hpp"

namespace fwatchdog {

class JwtCheck final : public Handler {
 public:
  struct Options {
    std::string function;  ///< `namespace:name`
    bool debug = false;    ///< log issuer and audience of each token, and why one was denied; never the token
  };

  /// All references must outlive this object; `keys` must have been started.
  JwtCheck(KeySource& keys, Options options, Logger& logger, Handler& next)
      : keys_(keys), options_(std::move(options)), logger_(logger), next_(next) {}
  /// Answers 401 where there is no good token, 403 where it does not permit this function.
  Task<void> handle(Request& request, ResponseWriter& response) override;

 private:
  Task<Result<FunctionClaims>> claims_of(const Request& request);
  Task<void> deny(const Request& request, ResponseWriter& response, int status, std::string_view reason);

  KeySource& keys_;
  Options options_;
  Logger& logger_;
  Handler& next_;
};

}  // namespace fwatchdog
