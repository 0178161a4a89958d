/// Amounts of memory as the manifests of Kubernetes spell them. What an amount limits, and which are too small, is left to the
/// callers.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace fwatchdog {

/// Reads a quantity of bytes (Kubernetes: resource quantities): a decimal number, then nothing, a power of 1024 (`Ki`, `Mi`,
/// `Gi`, `Ti`, `Pi`, `Ei`), a power of 1000 (`k`, `M`, `G`, `T`, `P`, `E`), or an exponent (`e9`, `E9`). `1.5Gi`, `128Mi`,
/// `134217728`. A part of a byte is rounded up. Nothing for any other text, for a sign, for `m` (a thousandth there, a million to
/// others), and for what does not fit.
std::optional<std::uint64_t> parse_memory_size(std::string_view text);

}  // namespace fwatchdog
