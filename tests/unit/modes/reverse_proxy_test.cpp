#include "modes/reverse_proxy.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/http_server.hpp"
#include "http/server_connection.hpp"
#include "support/caller.hpp"
#include "support/sockets.hpp"
#include "support/stage.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;

namespace {

/// An upstream that the test plays, the proxy before it, and the server before that.
class Scene {
 public:
  explicit Scene(Loop& loop_in, std::vector<std::pair<std::string_view, std::uint64_t>> settings = {})
      : loop(loop_in),
        socket_(listening()),
        sink_(-1, "nowhere", LineFormat(LogFormat::text)),
        logger(Logger::Options(), sink_, sink_) {
    ReverseProxy::Options options;
    options.upstream.endpoint.host = "127.0.0.1";
    options.upstream.endpoint.port = port_of(socket_.get());
    options.upstream.authority = options.upstream.endpoint.text();
    for (const auto& [name, value] : settings) {
      if (name == "exec_timeout_ms") options.exec_timeout = std::chrono::milliseconds(value);
      if (name == "buffer_body") options.buffer_body = value != 0;
      if (name == "unhealthy_after") options.unhealthy_after = value;
    }
    proxy = std::make_unique<ReverseProxy>(loop, logger, options, signal_);
    server = std::make_unique<HttpServer>(loop, *proxy, ServerLimits(), [](std::string_view, const Request&, Nanoseconds) {});
  }

  /// Everything up to the moment in which the upstream has accepted.
  Task<std::unique_ptr<Caller>> open() {
    const bool ready = co_await proxy->ready();
    CHECK(ready);
    co_return accept();
  }
  std::unique_ptr<Caller> accept() {
    return std::make_unique<Caller>(loop, checked(::accept4(socket_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)));
  }
  /// Waits for one more connection to the upstream.
  Task<std::unique_ptr<Caller>> next() {
    Fd accepted;
    const std::function<bool()> accepts = [&] {
      accepted = Fd(::accept4(socket_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      return static_cast<bool>(accepted);
    };
    const bool came = co_await until(loop, accepts);
    REQUIRE(came);
    co_return std::make_unique<Caller>(loop, std::move(accepted));
  }
  std::unique_ptr<Caller> call() {
    SocketPair pair = tcp_pair();
    connections_.spawn(serve(std::move(pair.server)));
    return std::make_unique<Caller>(loop, std::move(pair.caller));
  }
  Task<void> join() { co_await connections_.join(); }

  Loop& loop;

 private:
  UpstreamSignal signal_;
  static Fd listening() {
    ignore_broken_pipes();
    Fd socket = checked(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) == 0);
    REQUIRE(::listen(socket.get(), 16) == 0);
    return socket;
  }
  Task<void> serve(Fd socket) {
    ServerConnection connection(*server, std::move(socket));
    co_await connection.serve();
  }

  Fd socket_;
  LogSink sink_;
  TaskScope connections_{loop};

 public:
  Logger logger;
  std::unique_ptr<ReverseProxy> proxy;
  std::unique_ptr<HttpServer> server;
};

using Settings = std::vector<std::pair<std::string_view, std::uint64_t>>;

void play(Task<void> (*test)(Scene&), const Settings& settings = {}) {
  struct Run {
    static Task<void> all(Loop& loop, Task<void> (*test)(Scene&), const Settings& settings) {
      Scene scene(loop, settings);
      co_await test(scene);
      co_await scene.join();
    }
  };
  Loop loop;
  loop.run(Run::all(loop, test, settings));
}

/// The answer to a request, without its date and the time it took.
std::string plain(std::string text) {
  text = without_dates(std::move(text));
  const std::size_t at = text.find("\r\nX-Duration-Seconds: 0.");
  REQUIRE(at != std::string::npos);
  text.erase(at, 30);
  return text;
}

constexpr std::string_view kGet = "GET /x HTTP/1.1\r\nHost: h\r\n\r\n";
constexpr std::string_view kPost = "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";

Task<void> one_exchange(Scene& scene) {
  const std::unique_ptr<Caller> upstream = co_await scene.open();
  const std::unique_ptr<Caller> caller = scene.call();
  for (int turn = 0; turn < 2; ++turn) {
    (void)co_await caller->send(kPost);
    const std::string asked = co_await upstream->receive_to("abc");
    CHECK(asked == kPost);
    (void)co_await upstream->send("HTTP/1.1 201 Made\r\nA: b\r\nContent-Type: t/u\r\nContent-Length: 2\r\n\r\nok");
    std::string answer = co_await caller->receive_to("ok");
    CHECK(plain(std::move(answer)) == "HTTP/1.1 201 Made\r\nA: b\r\nContent-Type: t/u\r\nContent-Length: 2\r\n\r\nok");
  }
  caller->close();
}

Task<void> interim_and_chunks(Scene& scene) {
  const std::unique_ptr<Caller> upstream = co_await scene.open();
  const std::unique_ptr<Caller> caller = scene.call();
  (void)co_await caller->send(kGet);
  (void)co_await upstream->receive_to("\r\n\r\n");
  (void)co_await upstream->send("HTTP/1.1 103 Early Hints\r\nL: m\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string hints = co_await caller->receive_to("\r\n\r\n");
  CHECK(hints == "HTTP/1.1 103 Early Hints\r\nL: m\r\n\r\n");
  std::string head = co_await caller->receive_to("\r\n\r\n");
  CHECK(plain(std::move(head)) == "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (const std::string_view piece : {"2\r\nab\r\n", "1\r\nc\r\n", "0\r\nT: u\r\n\r\n"}) {
    (void)co_await upstream->send(piece);
    const std::string got = co_await caller->receive_to(piece);
    CHECK(got == piece);
  }
  caller->close();
}

constexpr std::string_view kOurs = "\r\nX-OpenFaaS-Internal: of-watchdog\r\n";

Task<void> malformed(Scene& scene) {
  std::unique_ptr<Caller> upstream = co_await scene.open();
  const std::unique_ptr<Caller> caller = scene.call();
  for (const std::string_view bad : {"nonsense\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"}) {
    (void)co_await caller->send(kPost);
    (void)co_await upstream->receive_to("abc");
    (void)co_await upstream->send(bad);
    const std::string answer = co_await caller->receive_to("\r\n\r\n");
    CHECK(answer.find("HTTP/1.1 500 Internal Server Error\r\n") == 0);
    CHECK(answer.find(kOurs) != std::string::npos);
    const std::string rest = co_await upstream->rest();
    CHECK(rest.empty());
    (void)co_await caller->send(kGet);
    upstream = co_await scene.next();
    (void)co_await upstream->receive_to("\r\n\r\n");
    (void)co_await upstream->send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    (void)co_await caller->receive_to("\r\n\r\n");
  }
  caller->close();
}

Task<void> repeated(Scene& scene) {
  std::unique_ptr<Caller> upstream = co_await scene.open();
  const std::unique_ptr<Caller> caller = scene.call();
  (void)co_await caller->send(kGet);
  (void)co_await upstream->receive_to("\r\n\r\n");
  upstream->close();
  upstream = co_await scene.next();
  const std::string again = co_await upstream->receive_to("\r\n\r\n");
  CHECK(again == kGet);
  (void)co_await upstream->send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  (void)co_await caller->receive_to("ok");
  // A POST that was read is not repeated.
  (void)co_await caller->send(kPost);
  (void)co_await upstream->receive_to("abc");
  upstream->close();
  const std::string answer = co_await caller->receive_to("\r\n\r\n");
  CHECK(answer.find("HTTP/1.1 500 ") == 0);
  caller->close();
}

Task<void> too_late(Scene& scene) {
  const std::unique_ptr<Caller> upstream = co_await scene.open();
  const std::unique_ptr<Caller> caller = scene.call();
  (void)co_await caller->send(kGet);
  (void)co_await upstream->receive_to("\r\n\r\n");
  const std::string answer = co_await caller->receive_to("\r\n\r\n");
  CHECK(answer.find("HTTP/1.1 504 Gateway Timeout\r\n") == 0);
  CHECK(answer.find(kOurs) != std::string::npos);
  const std::string rest = co_await upstream->rest();
  CHECK(rest.empty());
  caller->close();
}

Task<void> caller_leaves(Scene& scene) {
  const std::unique_ptr<Caller> upstream = co_await scene.open();
  const std::unique_ptr<Caller> caller = scene.call();
  (void)co_await caller->send(kPost);
  (void)co_await upstream->receive_to("abc");
  caller->reset();
  const std::string rest = co_await upstream->rest();
  CHECK(rest.empty());
}

Task<void> buffers(Scene& scene) {
  const std::unique_ptr<Caller> upstream = co_await scene.open();
  const std::unique_ptr<Caller> caller = scene.call();
  (void)co_await caller->send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n");
  co_await next_turn(scene.loop);
  (void)co_await caller->send("1\r\nc\r\n0\r\n\r\n");
  const std::string asked = co_await upstream->receive_to("abc");
  CHECK(asked == "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc");
  (void)co_await upstream->send("HTTP/1.1 204 None\r\n\r\n");
  const std::string answer = co_await caller->receive_to("\r\n\r\n");
  CHECK(answer.find("HTTP/1.1 204 None\r\n") == 0);
  caller->close();
}

Task<void> tunnels(Scene& scene) {
  const std::unique_ptr<Caller> upstream = co_await scene.open();
  const std::unique_ptr<Caller> caller = scene.call();
  (void)co_await caller->send("GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: mine\r\n\r\nearly");
  const std::string asked = co_await upstream->receive_to("\r\n\r\n");
  CHECK(asked == "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: mine\r\nConnection: Upgrade\r\n\r\n");
  (void)co_await upstream->send("HTTP/1.1 101 Go\r\nUpgrade: mine\r\nConnection: Upgrade\r\n\r\nfirst");
  const std::string early = co_await upstream->receive_to("early");
  CHECK(early == "early");
  const std::string head = co_await caller->receive_to("first");
  CHECK(head == "HTTP/1.1 101 Go\r\nUpgrade: mine\r\nConnection: Upgrade\r\n\r\nfirst");
  caller->end_sending();
  const std::string ended = co_await upstream->rest();
  CHECK(ended.empty());
  (void)co_await upstream->send("last words");
  upstream->close();
  const std::string rest = co_await caller->rest();
  CHECK(rest == "last words");
}

Task<void> counts_failures(Scene& scene) {
  struct Row {
    std::string_view answer;
    bool healthy;
  };
  const std::string_view bad = "nonsense\r\n\r\n";
  const std::string_view good = "HTTP/1.1 500 Mine\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";  // an answer is no failure
  const std::unique_ptr<Caller> caller = scene.call();
  std::unique_ptr<Caller> upstream = co_await scene.open();
  for (const Row& row : {Row{bad, true}, Row{good, true}, Row{bad, true}, Row{bad, false}, Row{bad, false}, Row{good, true}}) {
    (void)co_await caller->send(kPost);
    if (!upstream) upstream = co_await scene.next();
    (void)co_await upstream->receive_to("abc");
    (void)co_await upstream->send(row.answer);
    (void)co_await caller->receive_to("\r\n\r\n");
    CHECK(scene.proxy->healthy() == row.healthy);
    upstream.reset();
  }
  caller->close();
}

}  // namespace

TEST_CASE("request and answer are passed on, connections are kept") { play(one_exchange); }
TEST_CASE("interim answers, chunks and trailers come through one by one") { play(interim_and_chunks); }
TEST_CASE("a malformed answer is an error of ours, and its connection ends") { play(malformed); }
TEST_CASE("a request that met a closed connection is repeated, one that was read is not") { play(repeated); }
TEST_CASE("exec_timeout gives the upstream up") { play(too_late, {{"exec_timeout_ms", 30}}); }
TEST_CASE("a caller that leaves takes its request with it") { play(caller_leaves); }
TEST_CASE("a body that is read whole is sent with its length") { play(buffers, {{"buffer_body", 1}}); }
TEST_CASE("101 opens a tunnel") { play(tunnels); }
TEST_CASE("failures in a row are counted") { play(counts_failures, {{"unhealthy_after", 2}}); }
