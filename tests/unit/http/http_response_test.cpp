#include "http/http_response.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "support/response_desk.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;
using namespace std::string_view_literals;

namespace {

using Script = Task<void> (*)(HttpResponse& response);

struct Form {
  bool is_head = false;
  int minor_version = 1;
  bool wants_keep_alive = true;
  bool may_keep_alive = true;
};

Task<void> write_script(Loop& loop, Script script, const Form& form, std::string& received, bool& kept) {
  Desk desk(loop);
  desk.connection.keeps = form.may_keep_alive;
  desk.response.start(form.is_head, form.minor_version, form.wants_keep_alive);
  co_await script(desk.response);
  kept = desk.response.keeps_alive();
  desk.stream.close();
  received = co_await desk.caller.rest();
}

/// What `script` sends, without dates, and ` [kept]` where the connection can serve another request.
std::string sent_by(Script script, const Form& form = Form()) {
  Loop loop;
  std::string received;
  bool kept = false;
  loop.run(write_script(loop, script, form, received, kept));
  return without_dates(received) + (kept ? " [kept]" : "");
}

Form head_form() {
  Form form;
  form.is_head = true;
  return form;
}
Form old_form(bool wants_keep_alive) {
  Form form;
  form.minor_version = 0;
  form.wants_keep_alive = wants_keep_alive;
  return form;
}

Task<void> send_text(HttpResponse& response) {
  const Result<void> sent = co_await response.send("text"sv);
  CHECK(sent.ok());
  CHECK(response.finished());
  CHECK(response.body_bytes() == 4);
  CHECK(response.declared_length() == 4);
}

Task<void> send_pieces(HttpResponse& response) {
  std::vector<std::string> texts;
  for (int i = 0; i < 40; ++i) texts.push_back(std::to_string(i % 10));
  std::vector<std::string_view> pieces = {""};
  for (const std::string& text : texts) pieces.emplace_back(text);
  const std::span<const std::string_view> all(pieces);
  (void)co_await response.send(all);
}

Task<void> stream_text(HttpResponse& response) {
  response.begin(std::nullopt);
  CHECK_FALSE(response.declared_length().has_value());
  (void)co_await response.write("text");
  (void)co_await response.write("0123456789abcdefg");
  CHECK(response.body_bytes() == 21);
  (void)co_await response.finish();
}

Task<void> stream_nothing(HttpResponse& response) {
  response.begin(std::nullopt);
  (void)co_await response.finish();
}

Task<void> flush_first(HttpResponse& response) {
  response.begin(4);
  (void)co_await response.flush();
  (void)co_await response.flush();
  CHECK(response.head_sent());
  (void)co_await response.write("te");
  (void)co_await response.write("xt");
  (void)co_await response.finish();
}

}  // namespace

TEST_CASE("the framing of an answer") {
  const std::string type = "Content-Type: text/plain; charset=utf-8\r\n";
  CHECK(sent_by(send_text) == "HTTP/1.1 200 OK\r\n" + type + "Content-Length: 4\r\n\r\ntext [kept]");
  CHECK(sent_by(send_text, head_form()) == "HTTP/1.1 200 OK\r\n" + type + "Content-Length: 4\r\n\r\n [kept]");
  CHECK(sent_by(send_text, old_form(true)) ==
        "HTTP/1.0 200 OK\r\n" + type + "Content-Length: 4\r\nConnection: keep-alive\r\n\r\ntext [kept]");
  CHECK(sent_by(send_text, old_form(false)) ==
        "HTTP/1.0 200 OK\r\n" + type + "Content-Length: 4\r\nConnection: close\r\n\r\ntext");
  CHECK(sent_by(send_pieces) ==
        "HTTP/1.1 200 OK\r\n" + type + "Content-Length: 40\r\n\r\n0123456789012345678901234567890123456789 [kept]");

  const std::string chunks = "4\r\ntext\r\n11\r\n0123456789abcdefg\r\n0\r\n\r\n";
  CHECK(sent_by(stream_text) == "HTTP/1.1 200 OK\r\n" + type + "Transfer-Encoding: chunked\r\n\r\n" + chunks + " [kept]");
  CHECK(sent_by(stream_text, head_form()) == "HTTP/1.1 200 OK\r\n" + type + "\r\n [kept]");
  CHECK(sent_by(stream_text, old_form(true)) == "HTTP/1.0 200 OK\r\n" + type + "Connection: close\r\n\r\ntext0123456789abcdefg");
  CHECK(sent_by(stream_nothing) == "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n [kept]");
  CHECK(sent_by(stream_nothing, old_form(true)) == "HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n");
  // What is flushed before the first bytes cannot have their type.
  CHECK(sent_by(flush_first) == "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntext [kept]");
  CHECK(sent_by(flush_first, head_form()) == "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n [kept]");
}

TEST_CASE("Connection: close where the caller or the server wants it") {
  Form form;
  form.wants_keep_alive = false;
  CHECK(sent_by(stream_nothing, form) == "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n");
  form = Form();
  form.may_keep_alive = false;
  CHECK(sent_by(stream_nothing, form) == "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n");
}

namespace {

Task<void> own_fields(HttpResponse& response) {
  response.add_field("X-Gone", "1");
  response.add_field("Content-Type", "a/b");
  response.clear_fields();
  response.set_status(299, "Own Words");
  CHECK(response.status() == 299);
  CHECK(response.reason() == "Own Words");
  response.add_field("X-A", "1");
  response.add_field("x-a", "2");
  (void)co_await response.send("<html>"sv);
}

Task<void> own_date(HttpResponse& response) {
  response.add_field("date", "Sun, 06 Nov 1994 08:49:37 GMT");
  (void)co_await response.send(""sv);
}

Task<void> encoded(HttpResponse& response) {
  response.add_field("content-encoding", "gzip");
  (void)co_await response.send("\x1f\x8b\x08"sv);
}

Task<void> not_modified(HttpResponse& response) {
  response.set_status(304);
  (void)co_await response.send("not a body"sv);
}

Task<void> no_content(HttpResponse& response) {
  response.set_status(204);
  response.begin(std::nullopt);
  (void)co_await response.write("not a body");
  (void)co_await response.finish();
}

Task<void> with_trailers(HttpResponse& response) {
  response.begin(std::nullopt);
  response.add_trailer("X-One", "1");
  response.add_trailer("X-Two", "2");
  (void)co_await response.finish();
}

Task<void> hints(HttpResponse& response) {
  response.add_field("Link", "</a>");
  (void)co_await response.send_interim(103);
  (void)co_await response.send_interim(100);
  (void)co_await response.send(""sv);
}

}  // namespace

TEST_CASE("the head of an answer") {
  CHECK(sent_by(own_fields) ==
        "HTTP/1.1 299 Own Words\r\nX-A: 1\r\nx-a: 2\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 6\r\n\r\n<html> "
        "[kept]");
  CHECK(sent_by(own_date).find("\r\nDate: ") == std::string::npos);
  CHECK(sent_by(encoded) == "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08 [kept]");
  CHECK(sent_by(not_modified) == "HTTP/1.1 304 Not Modified\r\n\r\n [kept]");
  CHECK(sent_by(no_content) == "HTTP/1.1 204 No Content\r\n\r\n [kept]");
  CHECK(sent_by(with_trailers) ==
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-One: 1\r\nX-Two: 2\r\n\r\n [kept]");
  CHECK(sent_by(with_trailers, old_form(true)) == "HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n");
  CHECK(sent_by(hints) ==
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n "
        "[kept]");
  CHECK(sent_by(hints, old_form(true)) == "HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n [kept]");
}

namespace {

Task<void> too_much(HttpResponse& response) {
  response.begin(3);
  (void)co_await response.write("ab");
  const Result<void> more = co_await response.write("cd");
  CHECK_FALSE(more.ok());
  if (!more.ok()) CHECK(more.error().text() == "more bytes than the declared length");
}

Task<void> too_little(HttpResponse& response) {
  response.begin(3);
  (void)co_await response.write("ab");
  const Result<void> ended = co_await response.finish();
  CHECK_FALSE(ended.ok());
  if (!ended.ok()) CHECK(ended.error().text() == "fewer bytes than the declared length");
  CHECK_FALSE(response.finished());
}

Task<void> start_again(HttpResponse& response) {
  response.set_status(201, "Lost");
  response.add_field("X-Lost", "1");
  response.add_trailer("X-Lost", "2");
  response.begin(10);
  CHECK_FALSE(response.head_sent());
  response.start_again();
  CHECK_FALSE(response.begun());
  response.set_status(500);
  (void)co_await response.send(""sv);
}

}  // namespace

TEST_CASE("an answer that does not keep its word is not whole") {
  CHECK(sent_by(too_much) == "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 3\r\n\r\nab");
  CHECK(sent_by(too_little) == "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 3\r\n\r\nab");
}

TEST_CASE("an answer of which nothing was sent can be another one") {
  CHECK(sent_by(start_again) == "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n [kept]");
}

namespace {

/// A file without a name, with these bytes.
Fd file_of(std::string_view bytes) {
  char name[] = "/tmp/fwatchdog-test-XXXXXX";
  Fd file(::mkostemp(name, O_CLOEXEC));
  ::unlink(name);
  CHECK(::write(file.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  return file;
}

Task<void> send_file(HttpResponse& response) {
  const Fd file = file_of("0123456789");
  response.add_field("Content-Type", "a/b");
  response.begin(6);
  (void)co_await response.write_file(file.get(), 2, 3);
  (void)co_await response.write_file(file.get(), 7, 3);
  CHECK(response.body_bytes() == 6);
  const Result<void> more = co_await response.write_file(file.get(), 0, 1);
  CHECK_FALSE(more.ok());
  (void)co_await response.finish();
}

Task<void> short_file(HttpResponse& response) {
  const Fd file = file_of("0123");
  response.add_field("Content-Type", "a/b");
  response.begin(6);
  const Result<void> sent = co_await response.write_file(file.get(), 0, 6);
  CHECK_FALSE(sent.ok());
  if (!sent.ok()) CHECK(sent.error().code == Errc::end_of_stream);
}

}  // namespace

TEST_CASE("bytes of a file") {
  CHECK(sent_by(send_file) == "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 6\r\n\r\n234789 [kept]");
  CHECK(sent_by(short_file) == "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 6\r\n\r\n0123");
}

namespace {

Task<void> leave_http(Loop& loop) {
  Desk desk(loop);
  desk.response.start(false, 1, true);
  desk.response.add_field("Upgrade", "websocket");
  Result<Tunnel> tunnel = co_await desk.response.upgrade();
  CHECK(tunnel.ok());
  if (tunnel.ok()) {
    CHECK(tunnel->early == "early");
    CHECK(tunnel->stream == &desk.stream);
  }
  CHECK(desk.connection.left);
  CHECK(desk.response.finished());
  CHECK_FALSE(desk.response.keeps_alive());
  desk.stream.close();
  const std::string received = co_await desk.caller.rest();
  CHECK(received == "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
}

Task<void> limit_silence(Loop& loop) {
  Desk desk(loop);
  desk.response.start(false, 1, true);
  desk.response.begin(std::nullopt);
  (void)co_await desk.response.write("a");
  CHECK(desk.connection.restarts == 0);
  desk.response.limit_only_silence();
  (void)co_await desk.response.write("b");
  (void)co_await desk.response.write("c");
  CHECK(desk.connection.restarts == 2);
  (void)co_await desk.response.finish();
  desk.response.start(false, 1, true);
  (void)co_await desk.response.send("next"sv);
  CHECK(desk.connection.restarts == 2);
  desk.caller.close();
}

Task<void> caller_is_gone(Loop& loop) {
  Desk desk(loop);
  desk.caller.close();
  desk.response.start(false, 1, true);
  const Result<void> sent = co_await desk.response.send("text"sv);
  CHECK_FALSE(sent.ok());
  CHECK_FALSE(desk.response.keeps_alive());
}

Task<void> cut_tells(Loop& loop) {
  for (const int minor_version : {0, 1}) {
    Desk desk(loop, tcp_pair());
    desk.response.start(false, minor_version, true);
    desk.response.begin(std::nullopt);
    (void)co_await desk.response.write("text");
    desk.response.cut();
    CHECK_FALSE(desk.response.keeps_alive());
    CHECK(desk.stream.closed() == (minor_version == 0));
    desk.stream.close();
    const std::string received = co_await desk.caller.rest();
    // Only without a framing there is nothing else that tells.
    CHECK(desk.caller.end() == (minor_version == 0 ? Caller::End::reset : Caller::End::ended));
    if (minor_version == 1) CHECK(received.find("4\r\ntext\r\n") == received.size() - 9);
  }
}

}  // namespace

TEST_CASE("an answer that ends HTTP") {
  Loop loop;
  loop.run(leave_http(loop));
}

TEST_CASE("an answer whose silence alone is limited") {
  Loop loop;
  loop.run(limit_silence(loop));
}

TEST_CASE("an answer to nobody") {
  Loop loop;
  loop.run(caller_is_gone(loop));
}

TEST_CASE("an answer that is cut") {
  Loop loop;
  loop.run(cut_tells(loop));
}
