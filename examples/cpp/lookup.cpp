// A function that blocks: each call has a thread, and calls that wait delay no others.
//
//   g++ -std=c++20 -O2 lookup.cpp $(pkg-config --static --cflags --libs fwatchdog) -o lookup
//   folder=/etc ./lookup & curl -d hostname http://127.0.0.1:8080/
#include <fwatchdog.hpp>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

using namespace fwatchdog::inproc;

namespace {

constexpr const char* kNames = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

/// What the file says that the body names, however long the disk, or whoever writes the file, may take.
Response look_up(const Request& request) {
  const char* folder = std::getenv("folder");
  if (folder == nullptr) throw std::runtime_error("the variable folder is not set");
  if (request.body.empty() || request.body.find_first_not_of(kNames) != std::string::npos) return Response(400, "no name\n");
  std::ifstream file(std::string(folder) + "/" + request.body);
  if (!file) return Response(404, "no such name\n");
  std::ostringstream text;
  text << file.rdbuf();
  return Response(200, text.str(), "text/plain; charset=utf-8");
}

}  // namespace

int main(int argc, char** argv) { return run(argc, argv, blocking(look_up)); }
