#include "handler.hpp"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

/// Comes with the library.
[[gnu::weak]] std::string greets();

namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

[[noreturn]] void innermost() { throw std::runtime_error("innermost: no such luck"); }

}  // namespace

std::string handle(const std::string& body) {
  const std::string path = variable("Http_Path");
  if (path.rfind("/seen", 0) == 0)
    return variable("Http_Method") + "\n" + path + "\n" + variable("Http_Query") + "\n" + variable("Http_X_Mine");
  if (path == "/fails") {
    std::puts("printed before it fails");
    innermost();
  }
  if (path == "/greets" && greets != nullptr) return greets();
  if (path == "/prints") {
    std::puts("printed");
    return "returned";
  }
  if (path == "/throws-a-number") throw 42;
  if (path == "/held") {
    std::string line;
    std::getline(std::ifstream(variable("Http_Query")), line);
    return line;
  }
  return body;
}
