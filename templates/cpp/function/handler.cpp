#include "handler.hpp"

std::string handle(const std::string& body) { return "Hello, " + body + "!\n"; }
