#include "http/whole_answer.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "async/loop.hpp"

using namespace fwatchdog;

namespace {

/// Bytes in pieces of one size, and then the end, or an error.
class Pieces final : public Source {
 public:
  Pieces(std::string_view bytes, std::size_t size) : bytes_(bytes), size_(size) {}
  Task<Result<std::string_view>> read() override {
    if (bytes_.empty() && breaks) co_return Error::system(104, "read");
    const std::string_view piece = bytes_.substr(0, size_);
    bytes_.remove_prefix(piece.size());
    co_return piece;
  }
  bool breaks = false;

 private:
  std::string_view bytes_;
  std::size_t size_;
};

class Recorded final : public Sink {
 public:
  Task<Result<void>> write(std::string_view bytes) override {
    text += bytes;
    co_return Result<void>();
  }
  std::string text;
};

Task<void> ask(Source& from, Sink& to, std::size_t limit, Result<WholeAnswer>& answer) {
  Result<WholeAnswer> got = co_await get_whole(from, to, "h:81", "/a?b", limit);
  answer = std::move(got);
}

Result<WholeAnswer> answer_to(std::string_view bytes, std::size_t piece = 1000, std::size_t limit = 10'000, bool breaks = false) {
  Loop loop;
  Pieces from(bytes, piece);
  from.breaks = breaks;
  Recorded to;
  Result<WholeAnswer> answer = Error(Errc::cancelled);
  loop.run(ask(from, to, limit, answer));
  CHECK(to.text ==
        "GET /a?b HTTP/1.1\r\nHost: h:81\r\nUser-Agent: openfaas-watchdog\r\nAccept: application/json\r\nConnection: "
        "close\r\n\r\n");
  return answer;
}

std::string error_of(std::string_view bytes, std::size_t limit = 10'000) {
  const Result<WholeAnswer> answer = answer_to(bytes, 1000, limit);
  return answer.ok() ? "" : answer.error().text();
}

constexpr std::string_view kGood[] = {
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nLocation: /x\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nLocation: /x\r\n\r\nhello, and more",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nLocation: /x\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nT: v\r\n\r\n",
    "HTTP/1.0 200 OK\r\nLocation: /x\r\n\r\nhello",
    "HTTP/1.1 103 Early Hints\r\nLocation: /no\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 \r\nLocation: /x\r\n\r\nhello",
};

}  // namespace

TEST_CASE("answers in every framing, cut at every byte") {
  for (const std::string_view bytes : kGood) {
    for (const std::size_t piece : {1UL, 2UL, 3UL, 7UL, 1000UL}) {
      CAPTURE(bytes);
      CAPTURE(piece);
      const Result<WholeAnswer> answer = answer_to(bytes, piece);
      REQUIRE(answer.ok());
      CHECK(answer->status == 200);
      CHECK(answer->location == "/x");
      CHECK(answer->body == "hello");
    }
  }
  CHECK(answer_to("HTTP/1.1 204 No Content\r\n\r\n")->body.empty());
  CHECK(answer_to("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n")->status == 304);
}

TEST_CASE("answers that are cut off") {
  for (const std::string_view bytes : {kGood[0], kGood[2]}) {
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      CAPTURE(size);
      const Result<WholeAnswer> answer = answer_to(bytes.substr(0, size));
      REQUIRE_FALSE(answer.ok());
      CHECK(answer.error().code == Errc::end_of_stream);
    }
  }
  const Result<WholeAnswer> broken = answer_to("HTTP/1.0 200 OK\r\n\r\nhel", 1000, 10'000, true);
  REQUIRE_FALSE(broken.ok());
  CHECK(broken.error().text() == "read: connection reset by peer");
}

TEST_CASE("answers that are too large") {
  const std::string large(101, 'x');
  const std::string expected = "the answer is too large";
  CHECK(error_of("HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n" + large, 100) == expected);
  CHECK(error_of("HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n", 100) == expected);
  CHECK(error_of("HTTP/1.0 200 OK\r\n\r\n" + large, 100) == expected);
  CHECK(error_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" + large + "\r\n0\r\n\r\n", 100) == expected);
  CHECK(error_of("HTTP/1.1 200 OK\r\nX: " + large, 100) == expected);
}

TEST_CASE("what is no HTTP") {
  for (const std::string_view bytes :
       {"220 smtp\r\n\r\n", "<html>\r\n\r\n", "HTTP/2 200\r\n\r\n", "HTTP/1.1 200 OK\r\nbad line\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nx"}) {
    CAPTURE(bytes);
    CHECK(error_of(bytes).find("malformed HTTP response") == 0);
  }
}
