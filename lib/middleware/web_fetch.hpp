/// Reading a small document from the web, over http or https.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "async/cancel.hpp"
#include "async/loop.hpp"
#include "async/task.hpp"
#include "result.hpp"

namespace fwatchdog {

/// What one fetch may take and bring.
inline constexpr auto kFetchLimit = std::chrono::seconds(10);
inline constexpr std::size_t kMaxFetchedBytes = 1U << 20U;
inline constexpr int kMaxRedirects = 5;

/// The body of a 200 at `url`; redirects are followed, but not from https to http. `certificate_file` as in TrustStore::load().
/// The error's text says which URL, and what is wrong with it: no such host, refused, a certificate, a status, a time limit.
/// Errc::cancelled when `token` asks for an end, at once.
Task<Result<std::string>> fetch(Loop& loop, const std::string& url, const std::string& certificate_file, CancelToken token);

}  // namespace fwatchdog
