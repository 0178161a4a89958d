#include "http/whole_answer.hpp"

#include <variant>

#include "http/body_framing.hpp"
#include "http/chunked.hpp"
#include "http/head_parser.hpp"

namespace fwatchdog {

namespace {

Error malformed(std::string_view why) { return Error(Errc::invalid, "malformed HTTP response: " + std::string(why)); }

/// Reads one answer. Everything that came stands in bytes_, which is bounded.
class AnswerReader {
 public:
  AnswerReader(Source& from, std::size_t limit) : from_(from), left_(limit) {}

  Task<Result<WholeAnswer>> read();

 private:
  Task<Result<void>> more();
  Task<Result<void>> read_head();
  Task<Result<std::string>> read_body();
  Task<Result<std::string>> read_chunked();

  Source& from_;
  std::size_t left_;
  std::string bytes_;
  bool ended_ = false;
  HeadParser parser_{HeadParser::Kind::response};
  BodyFraming framing_;
  WholeAnswer answer_;
};

Task<Result<void>> AnswerReader::more() {
  Result<std::string_view> piece = co_await from_.read();
  if (!piece.ok()) co_return piece.error();
  ended_ = piece->empty();
  if (piece->size() > left_) co_return Error(Errc::too_large, "the answer is too large");
  left_ -= piece->size();
  bytes_ += *piece;
  co_return Result<void>();
}

Task<Result<void>> AnswerReader::read_head() {
  for (;;) {
    const HeadParser::State state = bytes_.empty() ? HeadParser::State::incomplete : parser_.parse(bytes_);
    if (state == HeadParser::State::refused) co_return malformed(parser_.refusal().detail);
    if (state == HeadParser::State::complete && parser_.status() >= 200) break;
    if (state == HeadParser::State::complete) {  // an interim answer
      bytes_.erase(0, parser_.head_size());
      parser_.reset();
      continue;
    }
    if (ended_) co_return Error(Errc::end_of_stream, "HTTP response");
    Result<void> got = co_await more();
    if (!got.ok()) co_return got;
  }
  Headers headers;
  parser_.fields(bytes_, headers);
  const auto framing = response_framing(headers, parser_.minor_version(), parser_.status(), "GET");
  if (const auto* refusal = std::get_if<Refusal>(&framing)) co_return malformed(refusal->detail);
  framing_ = std::get<BodyFraming>(framing);
  answer_.status = parser_.status();
  answer_.location = headers.get("Location").value_or("");
  bytes_.erase(0, parser_.head_size());
  co_return Result<void>();
}

Task<Result<std::string>> AnswerReader::read_chunked() {
  ChunkedDecoder decoder;
  std::string body;
  for (;;) {
    std::string_view input = bytes_;
    while (!input.empty() && !decoder.done()) {
      Result<ChunkedDecoder::Step> step = decoder.decode(input);
      if (!step.ok()) co_return malformed(step.error().what);
      body += step->data;
      input.remove_prefix(step->consumed);
    }
    if (decoder.done()) co_return body;
    if (ended_) co_return Error(Errc::end_of_stream, "response body");
    bytes_.clear();
    Result<void> got = co_await more();
    if (!got.ok()) co_return got.error();
  }
}

Task<Result<std::string>> AnswerReader::read_body() {
  switch (framing_.kind) {
    case BodyFraming::Kind::none: co_return std::string();
    case BodyFraming::Kind::chunked: co_return co_await read_chunked();
    case BodyFraming::Kind::length:
    case BodyFraming::Kind::until_close: break;
  }
  const bool has_length = framing_.kind == BodyFraming::Kind::length;
  if (has_length && framing_.length > bytes_.size() + left_) co_return Error(Errc::too_large, "the answer is too large");
  while (!ended_ && !(has_length && bytes_.size() >= framing_.length)) {
    Result<void> got = co_await more();
    if (!got.ok()) co_return got.error();
  }
  if (!has_length) co_return std::move(bytes_);
  if (bytes_.size() < framing_.length) co_return Error(Errc::end_of_stream, "response body");
  bytes_.resize(static_cast<std::size_t>(framing_.length));
  co_return std::move(bytes_);
}

Task<Result<WholeAnswer>> AnswerReader::read() {
  Result<void> head = co_await read_head();
  if (!head.ok()) co_return head.error();
  Result<std::string> body = co_await read_body();
  if (!body.ok()) co_return body.error();
  answer_.body = std::move(*body);
  co_return std::move(answer_);
}

}  // namespace

Task<Result<WholeAnswer>> get_whole(Source& from, Sink& to, std::string_view authority, std::string_view target,
                                    std::size_t limit) {
  std::string request = "GET ";
  request.append(target).append(" HTTP/1.1\r\nHost: ").append(authority);
  request.append("\r\nUser-Agent: openfaas-watchdog\r\nAccept: application/json\r\nConnection: close\r\n\r\n");
  Result<void> sent = co_await to.write(request);
  if (!sent.ok()) co_return sent.error();
  AnswerReader reader(from, limit);
  co_return co_await reader.read();
}

}  // namespace fwatchdog
