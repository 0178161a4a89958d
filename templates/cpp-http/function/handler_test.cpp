#include <cstdio>

#include "handler.hpp"

int main() {
  Request request;
  request.method = "POST";
  request.body = "Ada";
  const Response response = handle(request);
  if (response.status != 200 || response.body != "Hello, Ada!\n") {
    std::fprintf(stderr, "got: %d %s\n", response.status, response.body.c_str());
    return 1;
  }
}
