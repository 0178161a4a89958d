/// The parsers of HTTP messages, driven over bytes that come in pieces, with no connection around them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "http/body_framing.hpp"
#include "http/chunked.hpp"
#include "http/head_parser.hpp"
#include "http/refusal.hpp"
#include "http/target.hpp"

namespace fwatchdog::fuzz {

/// One message as it was read.
struct Message {
  std::string head;  ///< its bytes
  BodyFraming::Kind framing = BodyFraming::Kind::none;
  std::uint64_t length = 0;  ///< as the head declares it
  std::string body;
  ChunkedDecoder::Trailers trailers;
  bool whole = false;

  bool operator==(const Message&) const = default;
};

/// All messages of one sender, and why reading stopped before its end: empty where it did not.
struct Reading {
  std::vector<Message> messages;
  std::string verdict;

  bool operator==(const Reading&) const = default;
};

/// A head that was accepted, parsed anew. Its views point into `bytes`.
class Head {
 public:
  Head(HeadParser::Kind kind, std::string bytes_in) : bytes(std::move(bytes_in)), parser(kind) {
    parser.parse(bytes);
    parser.fields(bytes, headers);
    request.method = parser.method(bytes);
    request.raw_target = parser.target(bytes);
    request.minor_version = parser.minor_version();
    request.headers = &headers;
    if (kind == HeadParser::Kind::response) return;
    if (const Result<Target> target = parse_target(request.method, request.raw_target); target.ok()) request.target = *target;
    const bool absolute = request.target.form == Target::Form::absolute;
    request.host = absolute ? request.target.authority : headers.get("Host").value_or("");
    const auto framing = request_framing(headers, request.minor_version);
    if (const auto* found = std::get_if<BodyFraming>(&framing)) request.framing = *found;
  }
  Head(const Head&) = delete;
  Head& operator=(const Head&) = delete;

  const std::string bytes;
  HeadParser parser;
  Headers headers;
  Request request;  ///< of a request; without body and cancel
};

class MessageReader {
 public:
  /// `method`: of the request that responses answer.
  explicit MessageReader(HeadParser::Kind kind, std::string_view method = "GET") : kind_(kind), method_(method), parser_(kind) {}

  void take(std::string_view piece) {
    in_.append(piece);
    while (reading_.verdict.empty() && (in_body_ ? take_body() : take_head())) {
    }
  }

  /// The sender has ended.
  Reading end() {
    if (in_body_ && last().framing == BodyFraming::Kind::until_close) last().whole = true;
    return std::move(reading_);
  }

 private:
  Message& last() { return reading_.messages.back(); }

  /// True when there may be more to take.
  bool take_head() {
    if (in_.empty()) return false;
    const HeadParser::State state = parser_.parse(in_);
    if (state == HeadParser::State::incomplete) return false;
    if (state == HeadParser::State::refused) return stop(parser_.refusal());
    Headers headers;
    parser_.fields(in_, headers);
    if (kind_ == HeadParser::Kind::request && !check_request(headers)) return false;
    const auto framing = kind_ == HeadParser::Kind::request
                             ? request_framing(headers, parser_.minor_version())
                             : response_framing(headers, parser_.minor_version(), parser_.status(), method_);
    if (const auto* refusal = std::get_if<Refusal>(&framing)) return stop(*refusal);
    begin_body(std::get<BodyFraming>(framing));
    return true;
  }

  bool check_request(const Headers& headers) {
    const Result<Target> target = parse_target(parser_.method(in_), parser_.target(in_));
    if (!target.ok()) return stop(Refusal{400, target.error().what});
    if (const auto refusal = refusal_of_host(headers, parser_.minor_version())) return stop(*refusal);
    return true;
  }

  void begin_body(const BodyFraming& framing) {
    Message& message = reading_.messages.emplace_back();
    message.head = in_.substr(0, parser_.head_size());
    message.framing = framing.kind;
    message.length = framing.length;
    in_.erase(0, parser_.head_size());
    parser_.reset();
    decoder_ = ChunkedDecoder();
    in_body_ = true;
  }

  bool take_body() {
    switch (last().framing) {
      case BodyFraming::Kind::none: return end_body();
      case BodyFraming::Kind::until_close: return move_to_body(in_.size()) && false;
      case BodyFraming::Kind::length:
        move_to_body(static_cast<std::size_t>(std::min<std::uint64_t>(in_.size(), last().length - last().body.size())));
        return last().body.size() == last().length && end_body();
      case BodyFraming::Kind::chunked: break;
    }
    while (!in_.empty() && !decoder_.done()) {
      const Result<ChunkedDecoder::Step> step = decoder_.decode(in_);
      if (!step.ok()) return stop(Refusal{400, step.error().what});
      last().body.append(step->data);
      in_.erase(0, step->consumed);
    }
    return decoder_.done() && end_body();
  }

  bool move_to_body(std::size_t size) {
    last().body.append(in_, 0, size);
    in_.erase(0, size);
    return true;
  }

  bool end_body() {
    last().whole = true;
    last().trailers = decoder_.trailers();
    in_body_ = false;
    return true;
  }

  bool stop(const Refusal& why) {
    reading_.verdict = std::to_string(why.status) + " " + why.detail;
    return false;
  }

  HeadParser::Kind kind_;
  std::string_view method_;
  HeadParser parser_;
  ChunkedDecoder decoder_;
  std::string in_;
  bool in_body_ = false;
  Reading reading_;
};

/// Everything at once.
inline Reading read_whole(HeadParser::Kind kind, std::string_view bytes, std::string_view method = "GET") {
  MessageReader reader(kind, method);
  reader.take(bytes);
  return reader.end();
}

inline Reading read_cut(HeadParser::Kind kind, std::string_view bytes, std::size_t at, std::string_view method = "GET") {
  MessageReader reader(kind, method);
  reader.take(bytes.substr(0, at));
  reader.take(bytes.substr(at));
  return reader.end();
}

inline Reading read_bytewise(HeadParser::Kind kind, std::string_view bytes, std::string_view method = "GET") {
  MessageReader reader(kind, method);
  for (std::size_t i = 0; i < bytes.size(); ++i) reader.take(bytes.substr(i, 1));
  return reader.end();
}

/// The body of a whole message in the framing it had, for another reader.
inline std::string framed_body(const Message& message) {
  if (message.framing != BodyFraming::Kind::chunked) return message.body;
  std::string framed;
  char line[kMaxChunkHead];
  if (!message.body.empty()) {
    framed.append(line, chunk_head(line, message.body.size())).append(message.body).append(kChunkEnd);
  }
  framed.append("0\r\n");
  for (const auto& [name, value] : message.trailers) framed.append(name).append(": ").append(value).append("\r\n");
  return framed.append("\r\n");
}

}  // namespace fwatchdog::fuzz
