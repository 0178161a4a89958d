/// What a function defines, in function/handler.cpp.
#pragma once

#include <string>

/// Answers one request: takes its body, byte for byte, and returns the answer's. Runs in a process of its own, in which the
/// request is described by the environment: `Http_Method`, `Http_Path`, `Http_Query`, and `Http_<Name>` for each header. What it
/// throws becomes an answer with status 500 and a line in the log; stderr is the log too.
std::string handle(const std::string& body);
