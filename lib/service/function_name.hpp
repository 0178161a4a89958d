/// Who the function is, as tokens name it.
#pragma once

#include <string>

#include "config/settings.hpp"
#include "result.hpp"

namespace fwatchdog {

/// Where Kubernetes tells a pod its namespace.
inline constexpr const char* kNamespaceFile = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

/// `namespace:name`, from OPENFAAS_NAME and OPENFAAS_NAMESPACE; where the latter is not set, `namespace_file` has it.
/// Errc::invalid says what is missing.
Result<std::string> function_name(const Settings& settings, const std::string& namespace_file);

}  // namespace fwatchdog
