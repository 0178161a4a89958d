// Gives stdin to the function and writes what it returns; the watchdog starts this program for each request.
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>

#include <unistd.h>

#include "handler.hpp"

namespace {

bool read_all(int descriptor, std::string& text) {
  constexpr std::size_t kPiece = 65536;
  std::size_t length = 0;
  for (;;) {
    text.resize(length + kPiece);
    const ssize_t got = read(descriptor, text.data() + length, kPiece);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    length += static_cast<std::size_t>(got);
    if (got == 0) {
      text.resize(length);
      return true;
    }
  }
}

bool write_all(int descriptor, const std::string& text) {
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t put = write(descriptor, text.data() + written, text.size() - written);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return false;
    written += static_cast<std::size_t>(put);
  }
  return true;
}

int fail(const char* what, const char* why) {
  std::fprintf(stderr, "%s: %s\n", what, why);
  return 1;
}

}  // namespace

int main() {
  // What the function itself prints must not mix with the answer.
  const int answer = dup(STDOUT_FILENO);
  if (answer < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) return fail("cannot redirect stdout", std::strerror(errno));
  std::string text;
  if (!read_all(STDIN_FILENO, text)) return fail("cannot read the request", std::strerror(errno));
  try {
    text = handle(text);
  } catch (const std::exception& failure) {
    return fail("the function threw", failure.what());
  } catch (...) {
    return fail("the function threw", "something that is no std::exception");
  }
  if (!write_all(answer, text)) return fail("cannot write the answer", std::strerror(errno));
  return 0;
}
