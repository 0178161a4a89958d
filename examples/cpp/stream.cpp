// A stream function: it reads and writes piece by piece, and while it waits others are served.
//
//   g++ -std=c++20 -O2 stream.cpp $(pkg-config --static --cflags --libs fwatchdog) -o stream
//   ./stream & curl -N http://127.0.0.1:8080/ticks
//   curl -N -T - http://127.0.0.1:8080/shout
#include <fwatchdog.hpp>

#include <cctype>
#include <string>

using namespace fwatchdog::inproc;
using namespace std::chrono_literals;

namespace {

/// An event every 100 ms, for as long as somebody listens.
Task<void> tick(RequestStream& request, ResponseWriter& response) {
  response.add_field("Content-Type", "text/event-stream");
  for (int count = 1;; ++count) {
    const std::string event = "data: tick " + std::to_string(count) + "\n\n";
    if (!co_await response.write(event)) co_return;
    if (!co_await request.sleep(100ms)) co_return;
  }
}

/// Every piece of the body in capital letters, as soon as it is there.
Task<void> shout(RequestStream& request, ResponseWriter& response) {
  response.add_field("Content-Type", "text/plain; charset=utf-8");
  for (;;) {
    Result<std::string_view> piece = co_await request.read();
    if (!piece.ok() || piece->empty()) co_return;
    std::string loud(*piece);
    for (char& c : loud) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    if (!co_await response.write(loud)) co_return;
  }
}

Task<void> handle(RequestStream& request, ResponseWriter& response) {
  if (request.path == "/ticks") {
    co_await tick(request, response);
  } else if (request.path == "/shout") {
    co_await shout(request, response);
  } else {
    response.set_status(404);
    co_await response.send("there is /ticks and /shout\n");
  }
}

}  // namespace

int main(int argc, char** argv) { return run(argc, argv, handle); }
