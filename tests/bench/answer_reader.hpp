/// AnswerReader: finds the end of HTTP/1.1 answers for the load generator. Trusts the server: it is no parser to learn from.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace fwatchdog::bench {

class AnswerReader {
 public:
  /// Before each answer. `no_body`: it is one to HEAD.
  void start(bool no_body) {
    state_ = State::head;
    no_body_ = no_body;
    head_.clear();
    body_bytes_ = left_ = 0;
    status_ = 0;
    closes_ = false;
  }

  /// Takes the next bytes; returns how many belong to this answer.
  std::size_t take(std::string_view bytes) {
    std::size_t taken = 0;
    while (taken < bytes.size() && !done()) taken += step(bytes.substr(taken));
    return taken;
  }

  /// Bytes of the body that are known to follow and may be discarded unseen.
  std::uint64_t skippable() const { return state_ == State::length ? left_ : 0; }
  /// `count` of them were.
  void skip(std::uint64_t count) {
    left_ -= count;
    body_bytes_ += count;
    if (left_ == 0) state_ = State::done;
  }

  /// The connection has ended: true where that is the answer's end.
  bool ended_by_close() {
    if (state_ == State::until_close) state_ = State::done;
    return done();
  }

  bool done() const { return state_ == State::done; }
  bool begun() const { return state_ != State::head || !head_.empty(); }
  bool closes() const { return closes_; }
  int status() const { return status_; }
  std::uint64_t body_bytes() const { return body_bytes_; }

 private:
  enum class State { head, length, chunk_size, chunk, chunk_end, trailers, until_close, done };

  std::size_t step(std::string_view bytes) {
    switch (state_) {
      case State::head: return take_head(bytes);
      case State::length:
      case State::chunk: return take_data(bytes);
      case State::until_close: body_bytes_ += bytes.size(); return bytes.size();
      default: return take_line(bytes);
    }
  }

  std::size_t take_head(std::string_view bytes) {
    const std::size_t before = head_.size();
    head_.append(bytes);
    const std::size_t end = head_.find("\r\n\r\n", before < 3 ? 0 : before - 3);
    if (end == std::string::npos) return bytes.size();
    head_.resize(end + 4);
    read_head();
    return head_.size() - before;
  }

  void read_head() {
    const std::string_view head = head_;
    if (head.size() > 12) std::from_chars(head.data() + 9, head.data() + 12, status_);
    if (status_ / 100 == 1 && status_ != 101) {
      head_.clear();  // an interim answer: the final one follows
      return;
    }
    closes_ = has("connection:", "close");
    if (no_body_ || status_ == 204 || status_ == 304) {
      state_ = State::done;
    } else if (has("transfer-encoding:", "chunked")) {
      start_line(State::chunk_size);
    } else if (const std::string_view length = value("content-length:"); !length.empty()) {
      std::from_chars(length.data(), length.data() + length.size(), left_);
      state_ = left_ == 0 ? State::done : State::length;
    } else {
      closes_ = true;
      state_ = State::until_close;
    }
  }

  static char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

  static bool starts_with(std::string_view line, std::string_view lower_case) {
    if (line.size() < lower_case.size()) return false;
    for (std::size_t i = 0; i < lower_case.size(); ++i) {
      if (lower(line[i]) != lower_case[i]) return false;
    }
    return true;
  }

  /// The value of a field whose name is given in lower case with its colon.
  std::string_view value(std::string_view name) const {
    const std::string_view head = head_;
    for (std::size_t at = head.find("\r\n") + 2; at < head.size();) {
      const std::size_t end = head.find("\r\n", at);
      std::string_view line = head.substr(at, end - at);
      if (starts_with(line, name)) {
        line.remove_prefix(name.size());
        while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
        return line;
      }
      at = end + 2;
    }
    return {};
  }

  bool has(std::string_view name, std::string_view token) const { return starts_with(value(name), token); }

  void start_line(State state) {
    state_ = state;
    line_.clear();
  }

  /// A line of the chunk coding: a size, the end of a chunk, or a trailer.
  std::size_t take_line(std::string_view bytes) {
    const std::size_t end = bytes.find('\n');
    line_.append(bytes.substr(0, end));
    if (end == std::string_view::npos) return bytes.size();
    if (!line_.empty() && line_.back() == '\r') line_.pop_back();
    if (state_ == State::chunk_size) {
      left_ = 0;
      std::from_chars(line_.data(), line_.data() + line_.size(), left_, 16);
      if (left_ == 0) {
        start_line(State::trailers);
      } else {
        state_ = State::chunk;
      }
    } else if (state_ == State::chunk_end) {
      start_line(State::chunk_size);
    } else if (line_.empty()) {
      state_ = State::done;
    } else {
      line_.clear();
    }
    return end + 1;
  }

  std::size_t take_data(std::string_view bytes) {
    const std::size_t count = bytes.size() < left_ ? bytes.size() : static_cast<std::size_t>(left_);
    left_ -= count;
    body_bytes_ += count;
    if (left_ != 0) return count;
    if (state_ == State::length) {
      state_ = State::done;
    } else {
      start_line(State::chunk_end);
    }
    return count;
  }

  State state_ = State::done;
  bool no_body_ = false;
  bool closes_ = false;
  int status_ = 0;
  std::uint64_t left_ = 0;
  std::uint64_t body_bytes_ = 0;
  std::string head_;
  std::string line_;
};

}  // namespace fwatchdog::bench
