#include <cstdio>

#include "handler.hpp"

int main() {
  const std::string answer = handle("Ada");
  if (answer != "Hello, Ada!\n") {
    std::fprintf(stderr, "got: %s\n", answer.c_str());
    return 1;
  }
}
