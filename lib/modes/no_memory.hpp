/// Bodies and outputs that are held until they are whole may be larger than the memory that a limit leaves: then their call
/// fails, not the program.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/message.hpp"
#include "result.hpp"

namespace fwatchdog {

/// The error of what cannot be held.
Error no_memory_for(std::string_view what);
bool is_no_memory(const Error& error);

/// Appends the pieces of a request's body to `bytes` until it ends, or until those are more than `limit` bytes. True: that was
/// all. The error is the body's, or that there is no memory for it.
Task<Result<bool>> hold_in_memory(BodySource& body, std::string& bytes, std::size_t limit);
inline constexpr std::size_t kNoLimit = SIZE_MAX;

}  // namespace fwatchdog
