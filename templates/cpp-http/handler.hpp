/// What a function defines, in function/handler.cpp.
#pragma once

#include <fwatchdog.hpp>

using fwatchdog::inproc::Request;
using fwatchdog::inproc::Response;

/// Answers one request. Each call has a thread: it may block, and several run at the same time. What it throws becomes an answer
/// with status 500 and a line in the log; stderr is the log too.
Response handle(const Request& request);
