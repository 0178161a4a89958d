#include "http/chunked.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <string_view>
#include <vector>

using namespace fwatchdog;
using namespace std::string_view_literals;

namespace {

/// All that can be observed of decoding one input.
struct Outcome {
  std::string body;
  std::size_t consumed = 0;
  bool done = false;
  ChunkedDecoder::Trailers trailers;
  bool failed = false;
  Errc code{};
  std::string what;

  bool operator==(const Outcome&) const = default;
};

/// Gives `input` to the decoder; false once it failed.
bool feed(ChunkedDecoder& decoder, std::string_view input, Outcome& outcome) {
  // A copy of exactly that size, so that the sanitizer sees any byte too many.
  const std::string owned(input);
  std::string_view rest = owned;
  while (!rest.empty() && !decoder.done()) {
    const auto step = decoder.decode(rest);
    if (!step.ok()) {
      outcome.failed = true;
      outcome.code = step.error().code;
      outcome.what = step.error().what;
      return false;
    }
    REQUIRE(step->consumed > 0);
    REQUIRE(step->consumed <= rest.size());
    if (!step->data.empty()) {
      REQUIRE(step->data.data() >= rest.data());
      REQUIRE(step->data.data() + step->data.size() <= rest.data() + step->consumed);
    }
    outcome.body += step->data;
    outcome.consumed += step->consumed;
    rest.remove_prefix(step->consumed);
  }
  return true;
}

/// Decodes `input` given in pieces: cut at `cut`, or, for 0, in single bytes.
Outcome decode_cut_at(std::string_view input, std::size_t cut) {
  ChunkedDecoder decoder;
  Outcome outcome;
  if (cut == 0) {
    for (std::size_t i = 0; i < input.size() && feed(decoder, input.substr(i, 1), outcome); ++i) {
    }
  } else if (feed(decoder, input.substr(0, cut), outcome)) {
    feed(decoder, input.substr(cut), outcome);
  }
  outcome.done = decoder.done();
  outcome.trailers = decoder.trailers();
  if (outcome.failed) outcome.consumed = 0;  // where a decoder notices a failure depends on the cuts
  return outcome;
}

/// Decodes `input` whole, and checks that every way to cut it gives the same.
Outcome decode(std::string_view input) {
  const Outcome whole = decode_cut_at(input, input.size());
  for (std::size_t cut = 0; cut < input.size(); ++cut) {
    CAPTURE(cut);
    CHECK(decode_cut_at(input, cut) == whole);
  }
  return whole;
}

}  // namespace

TEST_CASE("well-formed chunked bodies") {
  struct Row {
    std::string_view input, body;
  };
  const Row rows[] = {
      {"0\r\n\r\n", ""},
      {"3\r\nabc\r\n0\r\n\r\n", "abc"},
      {"1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", "abc"},
      {"A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n", "01234567890123456789"},
      {"0000000000000003\r\nabc\r\n000\r\n\r\n", "abc"},
      {"3;name\r\nabc\r\n0;last\r\n\r\n", "abc"},
      {"3;name=value;other=\"quoted ; text\"\r\nabc\r\n0\r\n\r\n", "abc"},
      {"3 ; name = value\r\nabc\r\n0\r\n\r\n", "abc"},
      {"3;\r\nabc\r\n0\r\n\r\n", "abc"},
      {"3;\x80\xFF\r\nabc\r\n0\r\n\r\n", "abc"},
      {"3  \t\r\nabc\r\n0 \r\n\r\n", "abc"},
      {"4\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n"},
      {"5\r\n0\r\n\r\n\r\n0\r\n\r\n", "0\r\n\r\n"},
      {"3\r\n\0\xFF\x7f\r\n0\r\n\r\n"sv, "\0\xFF\x7f"sv},
  };
  for (const Row& row : rows) {
    CAPTURE(row.input);
    const Outcome outcome = decode(row.input);
    CHECK_FALSE(outcome.failed);
    CHECK(outcome.done);
    CHECK(outcome.body == row.body);
    CHECK(outcome.consumed == row.input.size());
    CHECK(outcome.trailers.empty());
  }
}

TEST_CASE("what follows the coding is left alone") {
  const std::string_view coding = "3\r\nabc\r\n0\r\n\r\n";
  const std::string input = std::string(coding) + "GET / HTTP/1.1\r\n";
  const Outcome outcome = decode(input);
  CHECK(outcome.done);
  CHECK(outcome.consumed == coding.size());

  ChunkedDecoder decoder;
  Outcome ignored;
  CHECK(feed(decoder, coding, ignored));
  const auto step = decoder.decode("more");
  REQUIRE(step.ok());
  CHECK(step->consumed == 0);
}

TEST_CASE("a body that is cut short is not done") {
  const std::string_view input = "3;x\r\nabc\r\n0\r\nX-Sum: 42\r\n\r\n";
  for (std::size_t size = 0; size < input.size(); ++size) {
    CAPTURE(size);
    const Outcome outcome = decode(input.substr(0, size));
    CHECK_FALSE(outcome.failed);
    CHECK_FALSE(outcome.done);
    CHECK(outcome.consumed == size);
  }
}

TEST_CASE("malformed chunked bodies are refused") {
  struct Row {
    std::string_view input, what;
  };
  const Row rows[] = {
      {"xyz\r\nabc\r\n0\r\n\r\n", "invalid byte in chunk length"},
      {"-3\r\nabc\r\n0\r\n\r\n", "invalid byte in chunk length"},
      {"+3\r\nabc\r\n0\r\n\r\n", "invalid byte in chunk length"},
      {"0x3\r\nabc\r\n0\r\n\r\n", "invalid byte in chunk length"},
      {"3g\r\nabc\r\n", "invalid byte in chunk length"},
      {"3_0\r\n", "invalid byte in chunk length"},
      {"3 3\r\nabc\r\n", "invalid byte in chunk length"},
      {"3\0\r\n"sv, "invalid byte in chunk length"},
      {"3\v\r\n", "invalid byte in chunk length"},
      {"\0003\r\n"sv, "invalid byte in chunk length"},
      {"\r\nabc\r\n0\r\n\r\n", "empty hex number for chunk length"},
      {" 3\r\nabc\r\n", "empty hex number for chunk length"},
      {";x\r\nabc\r\n", "empty hex number for chunk length"},
      {"3\nabc\r\n0\r\n\r\n", "chunked line ends with bare LF"},
      {"\n", "chunked line ends with bare LF"},
      {"3 \nabc\r\n0\r\n\r\n", "chunked line ends with bare LF"},
      {"3;x\nabc\r\n0\r\n\r\n", "chunked line ends with bare LF"},
      {"3\rabc\r\n0\r\n\r\n", "invalid CR in chunked line"},
      {"3\r\rabc", "invalid CR in chunked line"},
      {"3;a\rb\r\nabc\r\n", "invalid CR in chunked line"},
      {"3;\"\r\"\r\nabc\r\n", "invalid CR in chunked line"},
      {"3;a\0b\r\nabc\r\n"sv, "invalid byte in chunk extension"},
      {"3;a\x7f\r\nabc\r\n", "invalid byte in chunk extension"},
      {"3;a=\"\r\nabc\r\n", "invalid CR in chunked line"},
      {"3;a=\"b\\\"\r\nabc\r\n", "invalid CR in chunked line"},
      {"3;a=\"b\\\r\nabc\r\n", "invalid CR in chunked line"},
      {"3\r\nabcd\r\n0\r\n\r\n", "malformed chunked encoding"},
      {"3\r\nabc\n0\r\n\r\n", "malformed chunked encoding"},
      {"3\r\nabc0\r\n\r\n", "malformed chunked encoding"},
      {"3\r\nabc\rx", "malformed chunked encoding"},
      {"3\r\nab\r\n0\r\n\r\n", "malformed chunked encoding"},
      {"8000000000000000\r\n", "http chunk length too large"},
      {"ffffffffffffffff\r\n", "http chunk length too large"},
      {"10000000000000000\r\n", "http chunk length too large"},
      {"00000000000000003\r\nabc\r\n0\r\n\r\n", "http chunk length too large"},
      {"0\r\n\n", "chunked line ends with bare LF"},
      {"0\r\n\rx", "invalid CR in chunked line"},
      {"0\n\n", "chunked line ends with bare LF"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.input);
    const Outcome outcome = decode(row.input);
    CHECK(outcome.failed);
    CHECK_FALSE(outcome.done);
    CHECK(outcome.code == Errc::invalid);
    CHECK(outcome.what == row.what);
  }
}

TEST_CASE("a failure repeats") {
  ChunkedDecoder decoder;
  CHECK_FALSE(decoder.decode("z").ok());
  const auto again = decoder.decode("0\r\n\r\n");
  REQUIRE_FALSE(again.ok());
  CHECK(again.error().what == "invalid byte in chunk length");
  CHECK_FALSE(decoder.decode("").ok());
  CHECK_FALSE(decoder.done());
}

TEST_CASE("the largest size is taken") {
  ChunkedDecoder decoder;
  const auto first = decoder.decode("7fffffffffffffff\r\nabc");
  REQUIRE(first.ok());
  CHECK(first->data == "abc");
  const auto more = decoder.decode("\r\n0\r\n\r\n");
  REQUIRE(more.ok());
  CHECK(more->data == "\r\n0\r\n\r\n");
}

TEST_CASE("trailers") {
  const Outcome outcome =
      decode("1\r\na\r\n0\r\nX-One: 1\r\nx-two:\t two words \t\r\nX-Empty:\r\nX-One: 3\r\nX-Bytes: \xC3\xA4:x\r\n\r\n");
  CHECK(outcome.done);
  CHECK(outcome.body == "a");
  CHECK(outcome.trailers ==
        ChunkedDecoder::Trailers{
            {"X-One", "1"}, {"x-two", "two words"}, {"X-Empty", ""}, {"X-One", "3"}, {"X-Bytes", "\xC3\xA4:x"}});
}

TEST_CASE("trailers that would change the message are dropped") {
  const Outcome outcome = decode(
      "0\r\nContent-Length: 5\r\ntransfer-ENCODING: chunked\r\nHost: x\r\nAuthorization: a\r\nX-Kept: 1\r\nTrailer: a\r\nTE: "
      "a\r\n"
      "Set-Cookie: a\r\nConnection: close\r\nContent-Type: a\r\nIf-Match: *\r\n\r\n");
  CHECK(outcome.done);
  CHECK(outcome.trailers == ChunkedDecoder::Trailers{{"X-Kept", "1"}});
}

TEST_CASE("malformed trailers are refused") {
  struct Row {
    std::string_view input, what;
  };
  const Row rows[] = {
      {"0\r\nX-One\r\n\r\n", "malformed trailer"},
      {"0\r\n: 1\r\n\r\n", "malformed trailer"},
      {"0\r\nX-One : 1\r\n\r\n", "malformed trailer"},
      {"0\r\nX One: 1\r\n\r\n", "malformed trailer"},
      {"0\r\nX\0: 1\r\n\r\n"sv, "malformed trailer"},
      {"0\r\nX(: 1\r\n\r\n", "malformed trailer"},
      {"0\r\nX\xC3: 1\r\n\r\n", "malformed trailer"},
      {"0\r\nContent-Length : 1\r\n\r\n", "malformed trailer"},
      {"0\r\n X: 1\r\n\r\n", "folded trailer"},
      {"0\r\nX: 1\r\n\t2\r\n\r\n", "folded trailer"},
      {"0\r\nX: 1\n\r\n", "chunked line ends with bare LF"},
      {"0\r\nX: 1\r\n\n", "chunked line ends with bare LF"},
      {"0\r\nX: a\rb\r\n\r\n", "invalid CR in chunked line"},
      {"0\r\nX: 1\r\r\n\r\n", "invalid CR in chunked line"},
      {"0\r\nX: a\0b\r\n\r\n"sv, "invalid byte in trailer"},
      {"0\r\nX: a\x7f\r\n\r\n", "invalid byte in trailer"},
      {"0\r\nX: a\x1b[1m\r\n\r\n", "invalid byte in trailer"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.input);
    const Outcome outcome = decode(row.input);
    CHECK(outcome.failed);
    CHECK(outcome.code == Errc::invalid);
    CHECK(outcome.what == row.what);
  }
}

TEST_CASE("trailers have a bound") {
  std::string input = "0\r\n";
  const std::string line = "X-Long: " + std::string(1014, 'x') + "\r\n";  // 1 KiB
  for (std::size_t size = 0; size + line.size() < ChunkedDecoder::kMaxTrailerBytes; size += line.size()) input += line;
  const std::string fits = input + "\r\n";
  CHECK(decode_cut_at(fits, fits.size()).done);
  CHECK(decode_cut_at(fits, 0).done);

  const std::string too_much = input + line + "\r\n";
  for (const std::size_t cut : {too_much.size(), std::size_t{0}}) {
    const Outcome outcome = decode_cut_at(too_much, cut);
    CHECK(outcome.failed);
    CHECK(outcome.code == Errc::too_large);
  }
  const std::string endless = "0\r\n" + std::string(ChunkedDecoder::kMaxTrailerBytes + 1, 'x');
  CHECK(decode_cut_at(endless, endless.size()).code == Errc::too_large);
}

TEST_CASE("a chunk's line has a bound") {
  const std::size_t room = ChunkedDecoder::kMaxLineBytes - 4;  // for 1; and CRLF
  const std::string body(1 << 15, 'x');
  const std::string fits = "8000;" + std::string(room - 3, 'e') + "\r\n" + body + "\r\n0\r\n\r\n";
  CHECK(decode_cut_at(fits, fits.size()).done);
  CHECK(decode_cut_at(fits, 0).done);
  const std::string too_long = "8000;" + std::string(room - 2, 'e') + "\r\n" + body + "\r\n0\r\n\r\n";
  for (const std::size_t cut : {too_long.size(), std::size_t{0}}) {
    const Outcome outcome = decode_cut_at(too_long, cut);
    CHECK(outcome.failed);
    CHECK(outcome.what == "header line too long");
  }
  const std::string padded = "1" + std::string(ChunkedDecoder::kMaxLineBytes, ' ');
  CHECK(decode_cut_at(padded, padded.size()).what == "header line too long");
}

TEST_CASE("framing without body adds up, single bytes are legitimate") {
  std::string bytes, stuffed;
  for (int i = 0; i < 20000; ++i) {
    bytes += "1\r\nx\r\n";
    stuffed += "1;" + std::string(100, 'e') + "\r\nx\r\n";
  }
  bytes += "0\r\n\r\n";
  CHECK(decode_cut_at(bytes, bytes.size()).body.size() == 20000);
  const Outcome outcome = decode_cut_at(stuffed, stuffed.size());
  CHECK(outcome.failed);
  CHECK(outcome.code == Errc::invalid);
  CHECK(outcome.what == "chunked encoding contains too much non-data");
}

TEST_CASE("chunk heads") {
  struct Row {
    std::uint64_t size;
    std::string_view head;
  };
  const Row rows[] = {
      {1, "1\r\n"},
      {10, "a\r\n"},
      {255, "ff\r\n"},
      {65536, "10000\r\n"},
      {std::numeric_limits<std::uint64_t>::max(), "ffffffffffffffff\r\n"},
  };
  for (const Row& row : rows) {
    char out[kMaxChunkHead];
    const std::size_t size = chunk_head(out, row.size);
    CHECK(std::string_view(out, size) == row.head);
  }
}

TEST_CASE("what is encoded is decoded") {
  std::string coding, body;
  for (std::size_t size = 1; size < 5000; size = size * 2 + 1) {
    const std::string piece(size, static_cast<char>('a' + size % 26));
    char head[kMaxChunkHead];
    coding.append(head, chunk_head(head, size));
    coding += piece;
    coding += kChunkEnd;
    body += piece;
  }
  coding += kLastChunk;
  for (const std::size_t cut : {coding.size(), std::size_t{0}, std::size_t{1000}}) {
    const Outcome outcome = decode_cut_at(coding, cut);
    CHECK(outcome.done);
    CHECK(outcome.body == body);
  }
}
