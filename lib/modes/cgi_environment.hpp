/// The environment of a forked function: ours, and the request's head as `Http_*` (CONTRACT: cgi_headers) or as the variables of
/// CGI.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/environment.hpp"
#include "http/message.hpp"
#include "modes/meta_variables.hpp"
#include "result.hpp"

namespace fwatchdog {

/// What one call adds to the environment, as the list that exec wants.
class CallEnvironment {
 public:
  /// Ends with a null pointer. Dies with this object and with the CgiEnvironment that made it.
  const char* const* envp() const { return pointers_.data(); }

 private:
  friend class CgiEnvironment;
  std::string text_;  // `NAME=value`, each with its NUL
  std::vector<const char*> pointers_;
};

class CgiEnvironment {
 public:
  enum class Flavour {
    none,         ///< nothing of the request
    of_watchdog,  ///< fields, method, query, path
    classic,      ///< these, and the host and both spellings of the length
    cgi,          ///< the meta-variables of RFC 3875 in place of all that
  };

  /// `base` must outlive this object.
  CgiEnvironment(const Environment& base, Flavour flavour);

  /// The environment without a call, ended by a null pointer. Dies with this object.
  const char* const* base() const { return base_.data(); }

  /// Errc::too_large where a value is longer than the system allows (128 KiB); Errc::unsupported where the path has a NUL in it.
  Result<CallEnvironment> make(const Request& request) const;

 private:
  std::vector<const char*> base_;  // ends with a null pointer
  bool base_may_clash_ = false;
  Flavour flavour_;
  CgiSite site_;
};

}  // namespace fwatchdog
