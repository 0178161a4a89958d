// Once it is warm, http mode serves requests without taking memory from the heap. A program of its own, for it counts what
// operator new gives. The caller and the upstream are played by another thread, whose memory is not counted.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "async/event.hpp"
#include "modes/reverse_proxy.hpp"
#include "service/worker.hpp"
#include "support/sockets.hpp"

namespace {

thread_local std::uint64_t allocations = 0;

}  // namespace

// Not inlined: g++ 12 would take malloc and delete, or new and free, for a mismatch.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

using namespace fwatchdog;
using namespace fwatchdog::test;

namespace {

constexpr std::size_t kCallers = 8;
constexpr std::uint64_t kWindow = 200;     // requests
constexpr std::uint64_t kMaxWindows = 50;  // a stalled machine closes idle connections, and new ones cost memory
constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\nhello\n";

/// Looks at the count at the end of each window of requests.
class CountingMode final : public ModeHandler {
 public:
  explicit CountingMode(ReverseProxy& proxy) : proxy_(proxy) {}

  Task<void> handle(Request& request, ResponseWriter& response) override {
    if (++requests_ % kWindow == 0) {
      fewest_ = std::min(fewest_, allocations - at_window_begin_);
      at_window_begin_ = allocations;
      if (fewest_ == 0 || requests_ == kWindow * kMaxWindows) enough = true;
    }
    return proxy_.handle(request, response);
  }

  std::uint64_t fewest() const { return fewest_; }
  std::atomic<bool> enough = false;

 private:
  ReverseProxy& proxy_;
  std::uint64_t requests_ = 0;
  std::uint64_t at_window_begin_ = 0;
  std::uint64_t fewest_ = ~std::uint64_t{0};
};

Fd listening() {
  ignore_broken_pipes();
  Fd socket = checked(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) == 0);
  REQUIRE(::listen(socket.get(), 64) == 0);
  return socket;
}

/// All callers, and the function behind the proxy, until it has been enough.
class Peers {
 public:
  Peers(int listener, std::uint16_t port, std::string request, const std::atomic<bool>& enough)
      : listener_(listener), request_(std::move(request)), enough_(enough) {
    for (std::size_t i = 0; i < kCallers; ++i) callers_.push_back(Caller{connect_to(port), 0, {}});
  }

  void run() {
    while (!enough_) {
      std::vector<pollfd> watched = {pollfd{listener_, POLLIN, 0}};
      for (const Caller& caller : callers_)
        watched.push_back(
            pollfd{caller.socket.get(), static_cast<short>(caller.sent < request_.size() ? POLLIN | POLLOUT : POLLIN), 0});
      for (const Served& served : served_) watched.push_back(pollfd{served.socket.get(), POLLIN, 0});
      ::poll(watched.data(), watched.size(), 1000);
      for (Caller& caller : callers_) go_on(caller);
      for (Served& served : served_) serve(served);
      for (Fd more(::accept(listener_, nullptr, nullptr)); more; more = Fd(::accept(listener_, nullptr, nullptr)))
        served_.push_back(Served{std::move(more), 0});
    }
  }

 private:
  struct Caller {
    Fd socket;
    std::size_t sent;
    std::string answer;
  };
  struct Served {
    Fd socket;
    std::size_t received;
  };

  /// Sends what there is room for; after an answer, the next request.
  void go_on(Caller& caller) {
    if (caller.sent < request_.size()) {
      const ssize_t count =
          ::send(caller.socket.get(), request_.data() + caller.sent, request_.size() - caller.sent, MSG_DONTWAIT);
      if (count > 0) caller.sent += static_cast<std::size_t>(count);
    }
    std::array<char, 4096> room;
    const ssize_t count = ::recv(caller.socket.get(), room.data(), room.size(), MSG_DONTWAIT);
    if (count <= 0) return;
    caller.answer.append(room.data(), static_cast<std::size_t>(count));
    if (!caller.answer.ends_with("\r\n\r\nhello\n")) return;
    caller.answer.clear();
    caller.sent = 0;
  }

  void serve(Served& served) {
    std::array<char, 4096> room;
    for (;;) {
      const ssize_t count = ::recv(served.socket.get(), room.data(), room.size(), MSG_DONTWAIT);
      if (count <= 0) return;
      served.received += static_cast<std::size_t>(count);
      if (served.received < request_.size()) continue;
      served.received = 0;
      (void)::send(served.socket.get(), kAnswer.data(), kAnswer.size(), 0);
    }
  }

  int listener_;
  std::string request_;  // as long as the one that the proxy makes of it
  const std::atomic<bool>& enough_;
  std::vector<Caller> callers_;
  std::vector<Served> served_;
};

Task<void> serve_until(Loop& loop, Event& enough, ReverseProxy& proxy, Worker& worker, Listener& listener) {
  const bool ready = co_await proxy.ready();
  CHECK(ready);
  TaskScope scope(loop);
  scope.spawn(worker.server().accept_from(listener));
  co_await enough.wait();
  listener.close();
  worker.server().abort();
  co_await worker.server().join();
  co_await scope.join();
}

std::uint64_t fewest_allocations(const std::string& request) {
  Loop loop;
  const Fd upstream = listening();
  const Fd nowhere = checked(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  LogSink sink(nowhere.get(), "nowhere", LineFormat(LogFormat::text));
  Logger logger(Logger::Options(), sink, sink);
  loop.at_turn_end([&logger] { logger.flush(); });

  ReverseProxy::Options options;
  options.upstream.endpoint.host = "127.0.0.1";
  options.upstream.endpoint.port = port_of(upstream.get());
  options.upstream.authority = options.upstream.endpoint.text();
  options.exec_timeout = options.write_timeout = std::chrono::seconds(60);
  UpstreamSignal signal;
  ReverseProxy proxy(loop, logger, options, signal);
  CountingMode mode(proxy);

  Settings settings;
  settings.read_timeout = settings.write_timeout = std::chrono::seconds(60);
  SharedState shared(0);
  Fd socket = listening();
  const std::uint16_t port = port_of(socket.get());
  Listener listener(loop, std::move(socket));
  const WorkerParts own{0, loop, mode, logger, nullptr};
  const WorkerRules rules{settings, RequestLog::Options(), std::string()};
  Worker worker(own, rules, shared);

  Event enough(loop);
  std::thread peers([&] {
    Peers(upstream.get(), port, request, mode.enough).run();
    loop.post([&enough] { enough.set(); });
  });
  loop.run(serve_until(loop, enough, proxy, worker, listener));
  peers.join();
  return mode.fewest();
}

}  // namespace

TEST_CASE("http mode: a request in steady state takes nothing from the heap") {
  CHECK(fewest_allocations("GET /a/path?with=query HTTP/1.1\r\nHost: bench\r\nUser-Agent: test\r\nAccept: */*\r\n\r\n") == 0);
}

TEST_CASE("http mode: a request with a body in steady state takes nothing from the heap") {
  const std::string head = "POST / HTTP/1.1\r\nHost: bench\r\nContent-Length: 65536\r\n\r\n";
  CHECK(fewest_allocations(head + std::string(65536, 'x')) == 0);
}
