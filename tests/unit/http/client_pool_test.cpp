#include "http/client_pool.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <memory>
#include <string>
#include <vector>

#include "support/caller.hpp"
#include "support/sockets.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;
using OnClosed = ClientPool::OnClosed;

namespace {

/// A port on this machine, and the connections that were made to it.
class Port {
 public:
  explicit Port(Loop& loop) : loop_(loop), socket_(checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))) {
    ignore_broken_pipes();
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) == 0);
    REQUIRE(::listen(socket_.get(), 16) == 0);
  }
  Endpoint endpoint() const {
    Endpoint made;
    made.host = "127.0.0.1";
    made.port = port_of(socket_.get());
    return made;
  }
  std::unique_ptr<Caller> accept() {
    return std::make_unique<Caller>(loop_, checked(::accept4(socket_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)));
  }
  void close() { socket_.reset(); }

 private:
  Loop& loop_;
  Fd socket_;
};

/// A new connection and the upstream's end of it.
Task<std::unique_ptr<ClientConnection>> connected(ClientPool& pool) {
  CancelSource never;
  Result<std::unique_ptr<ClientConnection>> made = co_await pool.connect(CancelToken(never));
  REQUIRE(made.ok());
  co_return std::move(*made);
}

/// One exchange, after which the connection can be used again or not.
Task<void> exchange(ClientConnection& connection, Caller& upstream, std::string_view answer) {
  connection.begin("GET");
  (void)co_await connection.write("ask");
  (void)co_await upstream.receive_to("ask");
  (void)co_await upstream.send(answer);
  Result<ResponseHead> head = co_await connection.read_head();
  CHECK(head.ok());
  for (;;) {
    Result<std::string_view> piece = co_await connection.read_body();
    CHECK(piece.ok());
    if (!piece.ok() || piece->empty()) break;
  }
}

Task<bool> comes_to_keep(Loop& loop, const ClientPool& pool, std::size_t count) {
  const std::function<bool()> keeps_them = [&pool, count] { return pool.idle() == count; };
  co_return co_await until(loop, keeps_them);
}

constexpr std::string_view kKept = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

Task<void> keeps(Loop& loop) {
  Port port(loop);
  ClientPool pool(loop, port.endpoint());
  CHECK(pool.take_idle(OnClosed::repeated) == nullptr);
  CHECK(pool.idle() == 0);

  std::unique_ptr<ClientConnection> first = co_await connected(pool);
  const std::unique_ptr<Caller> first_end = port.accept();
  std::unique_ptr<ClientConnection> second = co_await connected(pool);
  const std::unique_ptr<Caller> second_end = port.accept();
  ClientConnection* const older = first.get();
  ClientConnection* const newer = second.get();
  co_await exchange(*first, *first_end, kKept);
  co_await exchange(*second, *second_end, kKept);
  pool.give_back(std::move(first));
  pool.give_back(std::move(second));
  CHECK(pool.idle() == 2);
  // The one used last is the one that its upstream will close last.
  first = pool.take_idle(OnClosed::lost);
  CHECK(first.get() == newer);
  second = pool.take_idle(OnClosed::repeated);
  CHECK(second.get() == older);

  // What cannot be used again is not kept.
  co_await exchange(*first, *second_end, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  pool.give_back(std::move(first));
  second->begin("GET");
  pool.give_back(std::move(second));
  CHECK(pool.idle() == 0);
}

Task<void> notices_the_end(Loop& loop) {
  Port port(loop);
  ClientPool pool(loop, port.endpoint());
  std::vector<std::unique_ptr<Caller>> ends;
  for (int i = 0; i < 3; ++i) {
    std::unique_ptr<ClientConnection> connection = co_await connected(pool);
    ends.push_back(port.accept());
    pool.add(std::move(connection));
  }
  ends[1]->close();
  bool noticed = co_await comes_to_keep(loop, pool, 2);
  CHECK(noticed);
  (void)co_await ends[0]->send("nobody asked");
  noticed = co_await comes_to_keep(loop, pool, 1);
  CHECK(noticed);
  ends[2]->reset();
  noticed = co_await comes_to_keep(loop, pool, 0);
  CHECK(noticed);
}

/// The loop had no turn since the upstream closed: only a request that cannot be repeated asks the system.
Task<void> just_closed(Loop& loop) {
  Port port(loop);
  ClientPool pool(loop, port.endpoint());
  for (int i = 0; i < 2; ++i) {
    std::unique_ptr<ClientConnection> connection = co_await connected(pool);
    pool.add(std::move(connection));
  }
  port.accept()->close();
  port.accept()->close();
  std::unique_ptr<ClientConnection> taken = pool.take_idle(OnClosed::repeated);
  CHECK(taken != nullptr);
  CHECK(pool.take_idle(OnClosed::lost) == nullptr);
  CHECK(pool.idle() == 0);
}

/// An upstream that closed a connection early is not trusted with what cannot be repeated.
Task<void> learns(Loop& loop) {
  Port port(loop);
  ClientPool pool(loop, port.endpoint());
  std::unique_ptr<ClientConnection> first = co_await connected(pool);
  const std::unique_ptr<Caller> first_end = port.accept();
  std::unique_ptr<ClientConnection> second = co_await connected(pool);
  const std::unique_ptr<Caller> second_end = port.accept();
  pool.add(std::move(first));
  pool.add(std::move(second));
  std::unique_ptr<ClientConnection> taken = pool.take_idle(OnClosed::lost);
  CHECK(taken != nullptr);
  pool.add(std::move(taken));
  pool.note_crossed();
  CHECK(pool.take_idle(OnClosed::lost) == nullptr);
  CHECK(pool.idle() == 2);
  taken = pool.take_idle(OnClosed::repeated);
  CHECK(taken != nullptr);
}

Task<void> gives_up_what_nobody_uses(Loop& loop) {
  Port port(loop);
  ClientPool pool(loop, port.endpoint());
  for (int i = 0; i < 3; ++i) {
    std::unique_ptr<ClientConnection> connection = co_await connected(pool);
    pool.add(std::move(connection));
  }
  const Stopwatch watch;
  const bool gone = co_await comes_to_keep(loop, pool, 0);
  CHECK(gone);
  CHECK(watch.seconds() > 0.4);
}

Task<void> fails(Loop& loop) {
  Port port(loop);
  const Endpoint endpoint = port.endpoint();
  ClientPool pool(loop, endpoint);
  port.close();
  CancelSource never;
  Result<std::unique_ptr<ClientConnection>> made = co_await pool.connect(CancelToken(never));
  REQUIRE_FALSE(made.ok());
  CHECK(made.error().text() == "connect to " + endpoint.text() + ": connection refused");
}

void play(Task<void> (*test)(Loop&)) {
  Loop loop;
  loop.run(test(loop));
}

}  // namespace

TEST_CASE("connections whose exchange is complete are kept, the last used is taken first") { play(keeps); }
TEST_CASE("an idle connection that its upstream closes, or speaks on, is dropped") { play(notices_the_end); }
TEST_CASE("what cannot be repeated gets no connection that was closed a moment ago") { play(just_closed); }
TEST_CASE("an upstream that closes early is remembered") { play(learns); }
TEST_CASE("idle connections are closed after a while") { play(gives_up_what_nobody_uses); }
TEST_CASE("an upstream that does not listen") { play(fails); }
