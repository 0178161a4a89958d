// A function: a whole request in, a whole answer out.
//
//   g++ -std=c++20 -O2 greet.cpp $(pkg-config --static --cflags --libs fwatchdog) -o greet
//   ./greet & curl -d Ada http://127.0.0.1:8080/
#include <fwatchdog.hpp>

#include <stdexcept>
#include <string>

using namespace fwatchdog::inproc;

namespace {

Response greet(const Request& request) {
  if (request.method != "POST") return Response(405, "POST a name\n");
  if (request.body.empty()) throw std::invalid_argument("nobody to greet");  // answered with 500, and logged
  return Response(200, "Hello, " + request.body + "!\n");
}

}  // namespace

// It keeps nothing between its calls, so they may run side by side.
int main(int argc, char** argv) { return run(argc, argv, thread_safe(greet)); }
