// From exec to the first 200: starts a server again and again and asks for a page until it gets it. Prints one JSON object with
// the microseconds of every start, by the clock and of the processor. The server is asked every 50 us, so a start is measured up
// to that much too long.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <string_view>
#include <thread>
#include <vector>

#include "arguments.hpp"

extern char** environ;

namespace {

using fwatchdog::bench::Arguments;
using fwatchdog::bench::fail;
using Clock = std::chrono::steady_clock;

constexpr auto kPause = std::chrono::microseconds(50);
constexpr auto kPatience = std::chrono::seconds(10);

/// Whether the server answers the request with 200 now.
bool answers(const sockaddr_in& address, std::string_view request) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail(std::string("socket: ") + std::strerror(errno));
  bool good = false;
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    const timeval limit{1, 0};
    (void)::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    char answer[1024];
    good = ::send(fd, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size()) &&
           ::recv(fd, answer, sizeof answer, 0) > 12 && std::string_view(answer + 9, 3) == "200";
  }
  ::close(fd);
  return good;
}

struct Start {
  double time;  // microseconds
  double cpu;   // the same, of the server
};

Start start_once(char** command, const sockaddr_in& address, std::string_view request) {
  if (answers(address, request)) fail("somebody answers on the port before the start");
  pid_t pid = -1;
  const Clock::time_point begun = Clock::now();
  if (const int status = ::posix_spawn(&pid, command[0], nullptr, nullptr, command, environ); status != 0) {
    fail(std::string("spawn: ") + std::strerror(status));
  }
  while (!answers(address, request)) {
    if (Clock::now() - begun > kPatience) {
      ::kill(pid, SIGKILL);
      fail("the server did not answer within ten seconds");
    }
    std::this_thread::sleep_for(kPause);
  }
  const Clock::time_point ended = Clock::now();
  ::kill(pid, SIGKILL);
  int status = 0;
  rusage used{};
  if (::wait4(pid, &status, 0, &used) != pid || !WIFSIGNALED(status)) fail("the server ended by itself");
  const auto seconds = static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec);
  const auto microseconds = static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
  return Start{std::chrono::duration<double, std::micro>(ended - begun).count(), seconds * 1e6 + microseconds};
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments(argc, argv);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(arguments.number("port", 8080)));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const std::string request =
      "GET " + arguments.text("path", "/_/health") + " HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n";
  const std::uint64_t runs = arguments.number("runs", 50);
  arguments.end();
  if (arguments.command()[0] == nullptr) fail("usage: cold_start [--name value]... -- program");
  (void)::prctl(PR_SET_TIMERSLACK, 1UL);  // the pause would otherwise be twice as long
  std::string times;
  std::string cpu_times;
  for (std::uint64_t i = 0; i < runs; ++i) {
    const Start start = start_once(arguments.command(), address, request);
    const char* separator = i == 0 ? "" : ", ";
    times += separator + std::to_string(start.time);
    cpu_times += separator + std::to_string(start.cpu);
  }
  std::printf("{\"microseconds\": [%s], \"cpu_microseconds\": [%s]}\n", times.c_str(), cpu_times.c_str());
}
