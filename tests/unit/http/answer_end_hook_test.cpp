#include <doctest/doctest.h>

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "support/response_desk.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;
using namespace std::string_view_literals;

namespace {

using Script = Task<void> (*)(HttpResponse& response);

Task<void> send_text(HttpResponse& response) { (void)co_await response.send("text"sv); }

Task<void> send_pieces(HttpResponse& response) {
  const std::array<std::string_view, 2> pieces = {"te"sv, "xt"sv};
  const std::span<const std::string_view> all(pieces);
  (void)co_await response.send(all);
}

Task<void> stream_text(HttpResponse& response) {
  response.begin(std::nullopt);
  (void)co_await response.write("text");
  (void)co_await response.finish("more");
}

Task<void> stream_nothing(HttpResponse& response) {
  response.begin(std::nullopt);
  (void)co_await response.finish();
}

Task<void> stream_length(HttpResponse& response) {
  response.begin(4);
  (void)co_await response.flush();
  (void)co_await response.write("te");
  (void)co_await response.write("xt");
  (void)co_await response.finish();
}

/// Notes what had been sent when the end was announced.
class NotedEnd final : public AnswerEndHook {
 public:
  NotedEnd(ResponseWriter& response, const Stream& stream, std::string& order, char name)
      : AnswerEndHook(response), stream_(stream), order_(order), name_(name) {}
  void before_end() override {
    order_ += name_;
    sent = stream_.written();
  }
  std::optional<std::uint64_t> sent;

 private:
  const Stream& stream_;
  std::string& order_;
  char name_;
};

Task<void> send_much(HttpResponse& response) {
  const std::string much(5000, 'x');
  (void)co_await response.send(std::string_view(much));
}

Task<void> send_and_go_on(HttpResponse& response) {
  response.outlive_answer();
  co_await send_text(response);
}

Task<void> announce(Loop& loop, Script script, bool is_head, std::string& order, bool& sent_more) {
  Desk desk(loop);
  desk.response.start(is_head, 1, true);
  const NotedEnd outer(desk.response, desk.stream, order, 'o');
  { const NotedEnd ended(desk.response, desk.stream, order, 'e'); }
  const NotedEnd inner(desk.response, desk.stream, order, 'i');
  co_await script(desk.response);
  sent_more = outer.sent && outer.sent == inner.sent && desk.stream.written() > *outer.sent;
}

/// The hooks that were called, the innermost first, and whether bytes of the answer were sent after that.
std::string announced(Script script, bool is_head = false) {
  Loop loop;
  std::string order;
  bool sent_more = false;
  loop.run(announce(loop, script, is_head, order, sent_more));
  return order + (sent_more ? ", then the end" : "");
}

}  // namespace

TEST_CASE("the end of an answer is announced before it is sent") {
  for (const Script script : {send_text, send_pieces, stream_text, stream_nothing, stream_length})
    CHECK(announced(script) == "io, then the end");
  CHECK(announced(stream_length, true) == "io, then the end");
  CHECK(announced(send_much) == "");  // its caller may be slow
  CHECK(announced(send_and_go_on) == "");
}
