// The limit of every proxy on libuv: passes bytes on without looking at them, one connection upstream for each client. One
// thread. All reads share one buffer; what a socket does not take at once is copied, and nothing more is read until it has gone
// out.
#include <uv.h>

#include <array>
#include <string>

#include "arguments.hpp"

namespace {

using fwatchdog::bench::Arguments;
using fwatchdog::bench::fail;

constexpr int kBacklog = 4096;
std::array<char, 64 * 1024> g_buffer;
sockaddr_in g_upstream;

void expect(int status, const char* what) {
  if (status < 0) fail(std::string(what) + ": " + uv_strerror(status));
}

struct Pair;

struct Side {
  uv_tcp_t tcp{};
  uv_write_t write{};
  std::string rest;  // on its way out
  Pair* pair = nullptr;

  uv_stream_t* stream() { return reinterpret_cast<uv_stream_t*>(&tcp); }
  uv_handle_t* handle() { return reinterpret_cast<uv_handle_t*>(&tcp); }
};

/// Lives until both of its handles are closed.
struct Pair {
  Side client;
  Side upstream;
  uv_connect_t connect{};
  int open = 2;

  explicit Pair(uv_loop_t* loop) {
    for (Side* side : {&client, &upstream}) {
      side->pair = this;
      side->tcp.data = side;
      expect(uv_tcp_init(loop, &side->tcp), "socket");
    }
  }

  Side& other(const Side& side) { return &side == &client ? upstream : client; }

  void close() {
    for (Side* side : {&client, &upstream}) {
      if (!uv_is_closing(side->handle())) uv_close(side->handle(), closed);
    }
  }

  static void closed(uv_handle_t* handle) {
    Pair* pair = static_cast<Side*>(handle->data)->pair;
    if (--pair->open == 0) delete pair;
  }
};

void read_from(Side& side);

void lend(uv_handle_t* /*handle*/, std::size_t /*suggested*/, uv_buf_t* buffer) {
  *buffer = uv_buf_init(g_buffer.data(), static_cast<unsigned>(g_buffer.size()));
}

void written(uv_write_t* request, int status) {
  Side& to = *static_cast<Side*>(request->data);
  if (status < 0) return to.pair->close();
  read_from(to.pair->other(to));
}

void pass_on(uv_stream_t* stream, ssize_t count, const uv_buf_t* buffer) {
  Side& from = *static_cast<Side*>(stream->data);
  if (count < 0) return from.pair->close();
  Side& to = from.pair->other(from);
  uv_buf_t piece = uv_buf_init(buffer->base, static_cast<unsigned>(count));
  int sent = uv_try_write(to.stream(), &piece, 1);
  if (sent == UV_EAGAIN) sent = 0;
  if (sent < 0) return from.pair->close();
  if (sent == count) return;
  to.rest.assign(piece.base + sent, static_cast<std::size_t>(count - sent));
  piece = uv_buf_init(to.rest.data(), static_cast<unsigned>(to.rest.size()));
  to.write.data = &to;
  (void)uv_read_stop(stream);  // never fails
  if (uv_write(&to.write, to.stream(), &piece, 1, written) < 0) from.pair->close();
}

void read_from(Side& side) {
  if (uv_is_closing(side.handle())) return;
  if (uv_read_start(side.stream(), lend, pass_on) < 0) side.pair->close();
}

void connected(uv_connect_t* request, int status) {
  Pair& pair = *static_cast<Pair*>(request->data);
  if (status < 0) return pair.close();
  read_from(pair.client);
  read_from(pair.upstream);
}

void accept_one(uv_stream_t* listener, int status) {
  expect(status, "accept");
  auto* pair = new Pair(listener->loop);
  expect(uv_accept(listener, pair->client.stream()), "accept");
  pair->connect.data = pair;
  const auto* address = reinterpret_cast<const sockaddr*>(&g_upstream);
  expect(uv_tcp_connect(&pair->connect, &pair->upstream.tcp, address, connected), "connect");
  expect(uv_tcp_nodelay(&pair->client.tcp, 1), "TCP_NODELAY");
  expect(uv_tcp_nodelay(&pair->upstream.tcp, 1), "TCP_NODELAY");
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments(argc, argv);
  const auto port = static_cast<int>(arguments.number("port", 8080));
  const auto upstream = static_cast<int>(arguments.number("upstream", 3000));
  arguments.end();
  sockaddr_in address{};
  expect(uv_ip4_addr("127.0.0.1", port, &address), "--port");
  expect(uv_ip4_addr("127.0.0.1", upstream, &g_upstream), "--upstream");
  uv_loop_t* loop = uv_default_loop();
  uv_tcp_t listener;
  expect(uv_tcp_init(loop, &listener), "socket");
  expect(uv_tcp_bind(&listener, reinterpret_cast<const sockaddr*>(&address), 0), "bind");
  expect(uv_listen(reinterpret_cast<uv_stream_t*>(&listener), kBacklog, accept_one), "listen");
  (void)uv_run(loop, UV_RUN_DEFAULT);  // never ends by itself
}
