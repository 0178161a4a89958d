// A connection of the server: the requests that reach the handler, and the answers that come back, are those that the parsers
// alone would find, however the bytes arrive.
#include <string>
#include <utility>
#include <vector>

#include "http/http_server.hpp"
#include "http/request_body.hpp"
#include "http/server_connection.hpp"
#include "messages.hpp"
#include "property.hpp"
#include "support/sockets.hpp"
#include "support/turns.hpp"

namespace fwatchdog::fuzz {

namespace {

struct Call {
  std::string method, target, body;
  bool whole = false;

  bool operator==(const Call&) const = default;
};

/// Reads bodies to their end, and keeps what it saw.
class Recorder final : public Handler {
 public:
  Task<void> handle(Request& request, ResponseWriter& response) override {
    Call call;
    call.method = request.method;
    call.target = request.raw_target;
    for (;;) {
      Result<std::string_view> piece = co_await request.body->read();
      if (!piece.ok()) {
        response.set_status(status_of_body_error(piece.error()));
        break;
      }
      call.whole = piece->empty();
      if (call.whole) break;
      call.body.append(*piece);
    }
    // A body that is told back would be framed as an answer; what is compared is what was seen.
    calls.push_back(std::move(call));
    const std::string_view answer = "seen";
    (void)co_await response.send(answer);  // a caller that has left hears nothing
  }

  std::vector<Call> calls;
};

struct Exchange {
  std::vector<Call> calls;
  std::vector<int> statuses;  ///< of the final answers

  bool operator==(const Exchange&) const = default;
};

Task<void> serve(HttpServer& server, Fd socket) {
  ServerConnection connection(server, std::move(socket));
  co_await connection.serve();
}

Task<void> say(Loop& loop, Fd caller, std::string_view bytes, std::size_t cut, std::string& heard) {
  Stream stream(loop, std::move(caller), true);
  // The server may have ended the connection before it has taken everything.
  const std::string_view first = bytes.substr(0, cut);
  const std::string_view second = bytes.substr(cut);
  (void)co_await stream.write(first);
  if (!second.empty()) {
    for (int turn = 0; turn < 3; ++turn) co_await test::next_turn(loop);
    (void)co_await stream.write(second);
  }
  stream.shutdown_write();
  char room[4096];
  const std::span<char> into(room);
  for (;;) {
    Result<std::size_t> got = co_await stream.read(into);
    if (!got.ok() || *got == 0) break;
    heard.append(room, *got);
  }
  stream.close();
}

Task<void> both(Loop& loop, HttpServer& server, std::string_view bytes, std::size_t cut, std::string& heard) {
  test::SocketPair pair = test::unix_pair();
  TaskScope scope(loop);
  scope.spawn(serve(server, std::move(pair.server)));
  co_await say(loop, std::move(pair.caller), bytes, cut, heard);
  co_await scope.join();
}

/// The answers, in the order of the requests that they are for.
std::vector<int> statuses_in(std::string_view heard, const std::vector<Call>& calls) {
  std::vector<int> statuses;
  std::size_t at = 0;
  while (!heard.empty()) {
    const std::string_view method = at < calls.size() ? std::string_view(calls[at].method) : "GET";
    const Reading reading = read_whole(HeadParser::Kind::response, heard, method);
    must(!reading.messages.empty() && reading.messages.front().whole, "every answer is whole and well-formed", heard);
    const Message& message = reading.messages.front();
    must(message.framing != BodyFraming::Kind::until_close, "every answer tells its length", heard);
    const Head head(HeadParser::Kind::response, message.head);
    heard.remove_prefix(message.head.size() + message.body.size());
    if (head.parser.status() == 100) continue;
    statuses.push_back(head.parser.status());
    ++at;
  }
  return statuses;
}

Exchange exchange(std::string_view bytes, std::size_t cut) {
  Loop loop;
  Recorder recorder;
  HttpServer server(loop, recorder, ServerLimits(), [](std::string_view, const Request&, Nanoseconds) {});
  std::string heard;
  loop.run(both(loop, server, bytes, cut, heard));
  Exchange seen;
  seen.statuses = statuses_in(heard, recorder.calls);
  seen.calls = std::move(recorder.calls);
  return seen;
}

/// The connection is over after this request.
bool ends_after(const Head& head) {
  if (head.headers.any_has_token("Connection", "close")) return true;
  return head.request.minor_version == 0 && !head.headers.any_has_token("Connection", "keep-alive");
}

/// What the parsers alone find in these bytes.
Exchange expected(std::string_view bytes) {
  Reading reading = read_whole(HeadParser::Kind::request, bytes);
  Exchange exchange;
  for (Message& message : reading.messages) {
    const Head head(HeadParser::Kind::request, message.head);
    if (const auto refusal = refusal_of_expectation(head.headers); refusal && head.request.minor_version > 0) {
      exchange.statuses.push_back(refusal->status);
      return exchange;
    }
    Call call;
    call.method = head.request.method;
    call.target = head.request.raw_target;
    call.body = std::move(message.body);
    call.whole = message.whole;
    exchange.calls.push_back(std::move(call));
    exchange.statuses.push_back(message.whole ? 200 : 400);
    if (!message.whole || ends_after(head)) return exchange;
  }
  if (!reading.verdict.empty()) exchange.statuses.push_back(std::stoi(reading.verdict));
  return exchange;
}

}  // namespace

}  // namespace fwatchdog::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fwatchdog::fuzz;
  const std::string_view bytes = text_of(data, size);
  const Exchange wanted = expected(bytes);
  must(exchange(bytes, size) == wanted, "a connection serves what is in its bytes");
  must(exchange(bytes, place_in(bytes)) == wanted, "a connection serves the same in two pieces");
  return 0;
}
