// Load for every server that the bench measures: some connections that are kept, each of which sends its next request when the
// answer to the last one is whole. Prints one JSON object. One thread, few system calls, and large bodies are neither copied nor
// looked at (sendfile, MSG_TRUNC), for it shares the processors with what it measures. Lengths and statuses are checked.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <vector>

#include "answer_reader.hpp"
#include "arguments.hpp"

namespace {

using fwatchdog::bench::AnswerReader;
using fwatchdog::bench::Arguments;
using fwatchdog::bench::fail;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kNotChecked = ~std::uint64_t{0};
constexpr int kPatience = 30'000;  // milliseconds without any event
constexpr std::size_t kBuffer = 64 * 1024;
constexpr std::uint64_t kLarge = 16 * 1024;           // a body from which on it is worth not to copy it
constexpr std::uint64_t kDiscard = 16 * 1024 * 1024;  // at once

struct Plan {
  sockaddr_in address{};
  std::size_t connections = 1;
  std::uint64_t requests = 0;        // that many in all, or
  std::chrono::nanoseconds time{0};  // as many as start within this time
  std::uint64_t answer_bytes = kNotChecked;
  bool head_only = false;
  std::string request;
  int body_file = -1;  // what follows `request`, where it is large
  std::uint64_t body_file_bytes = 0;
};

struct Connection {
  int fd = -1;
  std::uint64_t sent = 0;  // of the request and its body
  bool waits_to_send = false;
  bool busy = false;
  Clock::time_point begun;
  AnswerReader answer;
};

class Load {
 public:
  explicit Load(const Plan& plan)
      : plan_(plan), connections_(plan.connections), buffer_(kBuffer), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (epoll_ < 0) fail(std::string("epoll: ") + std::strerror(errno));
    latencies_.reserve(plan_.requests != 0 ? plan_.requests : 1U << 20U);
  }

  void run() {
    for (Connection& connection : connections_) connect(connection);
    begun_ = Clock::now();
    for (Connection& connection : connections_) next(connection, begun_);
    std::vector<epoll_event> events(connections_.size());
    while (busy_ > 0) {
      const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), kPatience);
      if (count < 0 && errno != EINTR) fail(std::string("epoll: ") + std::strerror(errno));
      if (count == 0) fail("the server says nothing any more");
      for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        Connection& connection = *static_cast<Connection*>(event.data.ptr);
        if ((event.events & EPOLLOUT) != 0) send(connection);
        if ((event.events & ~EPOLLOUT) != 0) receive(connection);
      }
    }
    ended_ = Clock::now();
    for (const Connection& connection : connections_) ::close(connection.fd);
  }

  void print() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const double seconds = std::chrono::duration<double>(ended_ - begun_).count();
    std::sort(latencies_.begin(), latencies_.end());
    const auto at = [this](double part) {
      if (latencies_.empty()) return 0.0;
      return static_cast<double>(latencies_[static_cast<std::size_t>(part * static_cast<double>(latencies_.size() - 1))]) / 1e3;
    };
    const double cpu = static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                       static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
    std::printf(
        "{\"requests\": %zu, \"errors\": %llu, \"seconds\": %.6f, \"rate\": %.2f, \"p50_us\": %.1f, \"p99_us\": %.1f, "
        "\"max_us\": %.1f, \"answer_bytes\": %llu, \"cpu_seconds\": %.4f}\n",
        latencies_.size(), static_cast<unsigned long long>(errors_), seconds, static_cast<double>(latencies_.size()) / seconds,
        at(.5), at(.99), at(1), static_cast<unsigned long long>(answer_bytes_), cpu);
  }

 private:
  void connect(Connection& connection) {
    connection.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection.fd < 0) fail(std::string("socket: ") + std::strerror(errno));
    if (::connect(connection.fd, reinterpret_cast<const sockaddr*>(&plan_.address), sizeof plan_.address) != 0) {
      fail(std::string("connect: ") + std::strerror(errno));
    }
    if (::fcntl(connection.fd, F_SETFL, O_NONBLOCK) != 0) fail(std::string("fcntl: ") + std::strerror(errno));
    const int on = 1;
    (void)::setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    watch(connection, EPOLL_CTL_ADD, EPOLLIN);
  }

  void watch(Connection& connection, int how, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = &connection;
    if (::epoll_ctl(epoll_, how, connection.fd, &event) != 0) fail(std::string("epoll: ") + std::strerror(errno));
  }

  bool may_start(Clock::time_point now) const {
    return plan_.requests != 0 ? started_ < plan_.requests : now - begun_ < plan_.time;
  }

  void next(Connection& connection, Clock::time_point now) {
    connection.begun = now;
    connection.busy = may_start(connection.begun);
    if (!connection.busy) return;
    ++started_;
    ++busy_;
    connection.sent = 0;
    connection.answer.start(plan_.head_only);
    send(connection);
  }

  ssize_t send_piece(const Connection& connection) {
    const std::size_t size = plan_.request.size();
    if (connection.sent < size) {
      const int more = plan_.body_file >= 0 ? MSG_MORE : 0;
      return ::send(connection.fd, plan_.request.data() + connection.sent, size - connection.sent,
                    MSG_DONTWAIT | MSG_NOSIGNAL | more);
    }
    auto offset = static_cast<off_t>(connection.sent - size);
    return ::sendfile(connection.fd, plan_.body_file, &offset, plan_.body_file_bytes - (connection.sent - size));
  }

  void send(Connection& connection) {
    while (connection.sent < plan_.request.size() + plan_.body_file_bytes) {
      const ssize_t count = send_piece(connection);
      if (count > 0) {
        connection.sent += static_cast<std::uint64_t>(count);
      } else if (errno == EAGAIN) {
        if (!connection.waits_to_send) watch(connection, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
        connection.waits_to_send = true;
        return;
      } else if (errno != EINTR) {
        break;  // the server has closed: what it said before, if anything, is read as usual
      }
    }
    if (connection.waits_to_send) watch(connection, EPOLL_CTL_MOD, EPOLLIN);
    connection.waits_to_send = false;
  }

  ssize_t receive_piece(Connection& connection) {
    const std::uint64_t skippable = connection.busy ? connection.answer.skippable() : 0;
    if (skippable < kLarge) return ::recv(connection.fd, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    const std::uint64_t most = skippable < kDiscard ? skippable : kDiscard;
    const ssize_t count = ::recv(connection.fd, nullptr, most, MSG_DONTWAIT | MSG_TRUNC);  // tcp(7): discards
    if (count > 0) connection.answer.skip(static_cast<std::uint64_t>(count));
    return count;
  }

  void receive(Connection& connection) {
    const std::uint64_t before = connection.answer.body_bytes();
    const ssize_t count = receive_piece(connection);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) {
      finish(connection, connection.busy && connection.answer.ended_by_close(), true);
      return;
    }
    const auto got = static_cast<std::size_t>(count);
    if (!connection.busy) fail("an answer that nobody asked for");
    const bool skipped = connection.answer.body_bytes() != before;
    if (!skipped && connection.answer.take(std::string_view(buffer_.data(), got)) != got) fail("more bytes than the answer has");
    if (connection.answer.done()) finish(connection, true, connection.answer.closes());
  }

  void finish(Connection& connection, bool whole, bool closed) {
    const Clock::time_point now = Clock::now();
    if (connection.busy) {
      const AnswerReader& answer = connection.answer;
      const bool right_length = plan_.answer_bytes == kNotChecked || answer.body_bytes() == plan_.answer_bytes;
      if (!whole || answer.status() != 200 || !right_length) ++errors_;
      answer_bytes_ += answer.body_bytes();
      latencies_.push_back((now - connection.begun).count());
      --busy_;
    }
    if (closed) {
      ::close(connection.fd);
      connection.waits_to_send = false;
      connect(connection);
    }
    next(connection, now);
  }

  const Plan& plan_;
  std::vector<Connection> connections_;
  std::vector<char> buffer_;
  std::vector<Clock::rep> latencies_;
  int epoll_;
  std::uint64_t started_ = 0;
  std::size_t busy_ = 0;
  std::uint64_t errors_ = 0;
  std::uint64_t answer_bytes_ = 0;
  Clock::time_point begun_;
  Clock::time_point ended_;
};

int open_body(std::uint64_t bytes) {
  const int file = ::memfd_create("body", MFD_CLOEXEC);
  if (file < 0) fail(std::string("memfd: ") + std::strerror(errno));
  const std::string block(1U << 20U, 'x');
  for (std::uint64_t written = 0; written < bytes;) {
    const ssize_t count = ::write(file, block.data(), std::min<std::uint64_t>(block.size(), bytes - written));
    if (count <= 0) fail(std::string("memfd: ") + std::strerror(errno));
    written += static_cast<std::uint64_t>(count);
  }
  return file;
}

Plan make_plan(Arguments& arguments) {
  Plan plan;
  plan.address.sin_family = AF_INET;
  plan.address.sin_port = htons(static_cast<std::uint16_t>(arguments.number("port", 8080)));
  plan.address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  plan.connections = arguments.number("connections", 1);
  plan.requests = arguments.number("requests", 0);
  plan.time = std::chrono::milliseconds(arguments.number("milliseconds", 0));
  plan.answer_bytes = arguments.number("answer-bytes", kNotChecked);
  const std::string method = arguments.text("method", "POST");
  const std::string path = arguments.text("path", "/");
  const std::string field = arguments.text("field", "");
  const std::uint64_t extra_fields = arguments.number("extra-fields", 0);
  const std::uint64_t body_bytes = arguments.number("body-bytes", 0);
  arguments.end();
  if ((plan.requests == 0) == (plan.time.count() == 0)) fail("one of --requests and --milliseconds");

  plan.head_only = method == "HEAD";
  plan.request = method + " " + path + " HTTP/1.1\r\nHost: bench\r\n";
  if (!field.empty()) plan.request += field + "\r\n";
  for (std::uint64_t i = 0; i < extra_fields; ++i) plan.request += "X-Bench-" + std::to_string(i) + ": value\r\n";
  if (body_bytes > 0 || method == "POST") plan.request += "Content-Length: " + std::to_string(body_bytes) + "\r\n";
  plan.request += "\r\n";
  if (body_bytes < kLarge) {
    plan.request.append(body_bytes, 'x');
  } else {
    plan.body_file = open_body(body_bytes);
    plan.body_file_bytes = body_bytes;
  }
  return plan;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments(argc, argv);
  const Plan plan = make_plan(arguments);
  Load load(plan);
  load.run();
  load.print();
}
