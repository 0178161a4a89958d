/// The meta-variables by which a CGI program is told of its request (RFC 3875 4.1).
#pragma once

#include <string>
#include <string_view>

#include "http/message.hpp"
#include "modes/environment_builder.hpp"

namespace fwatchdog {

/// What the operator's environment says of the place of the program.
struct CgiSite {
  std::string script_name;    ///< SCRIPT_NAME: where callers find the program, empty for the root
  std::string document_root;  ///< DOCUMENT_ROOT; empty: paths are not translated
};

/// Adds those that RFC 3875 defines, REQUEST_URI and REMOTE_PORT; each field of the request as HTTP_<NAME>, with its values
/// joined. Left out are AUTH_TYPE, REMOTE_USER and REMOTE_IDENT, for nobody has asked who the caller is; fields that end at this
/// hop; Proxy (CVE-2016-5385 and its family); and fields whose names have other characters than letters, digits and `-`, as two
/// of them could become one variable. There must be no NUL in the path.
void add_meta_variables(EnvironmentBuilder& to, const Request& request, const CgiSite& site);

/// True for the variables that must not be there unless the request has what they tell of.
bool is_of_one_request(std::string_view name);

}  // namespace fwatchdog
