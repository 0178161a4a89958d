#include "modes/held_body.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <string>

#include "support/recorded_call.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;

namespace {

struct Held {
  std::string how;  ///< `memory`, `file` or the error
  std::string bytes;
  bool storing_failed = false;
};

Task<void> hold(GivenBody& body, const std::string& folder, Held& seen) {
  HeldBody held(folder);
  Result<void> taken = co_await held.take_in(body);
  seen.storing_failed = held.storing_failed();
  if (!taken.ok()) {
    seen.how = taken.error().text();
    co_return;
  }
  seen.how = held.file() < 0 ? "memory" : "file";
  seen.bytes = held.bytes();
  char part[65536];
  for (ssize_t got = 1; held.file() >= 0 && got > 0;) {
    got = ::read(held.file(), part, sizeof part);
    if (got > 0) seen.bytes.append(part, static_cast<std::size_t>(got));
  }
  CHECK(held.size() == seen.bytes.size());
}

Held held(std::vector<std::string> pieces, const std::string& folder = "/tmp", std::optional<Error> failure = {}) {
  GivenBody body;
  body.pieces = std::move(pieces);
  body.failure = std::move(failure);
  Held seen;
  Loop loop;
  loop.run(hold(body, folder, seen));
  return seen;
}

}  // namespace

TEST_CASE("up to a MiB is held in memory") {
  const std::string half(1U << 19U, 'h');
  CHECK(held({}).how == "memory");
  CHECK(held({"a", "b"}).bytes == "ab");
  CHECK(held({half, half}).how == "memory");
  CHECK(held({half, half}, "/no/such/folder").bytes == half + half);
}

TEST_CASE("more is held in a file") {
  const std::string half(1U << 19U, 'h');
  const Held seen = held({"first ", half, half, half, " last"});
  CHECK(seen.how == "file");
  CHECK(seen.bytes == "first " + half + half + half + " last");
}

TEST_CASE("errors of the body and of the file") {
  const std::string half(1U << 19U, 'h');
  const Held broken = held({"a"}, "/tmp", Error(Errc::end_of_stream));
  CHECK(broken.how == "unexpected EOF");
  CHECK_FALSE(broken.storing_failed);
  const Held nowhere = held({half, half, half}, "/no/such/folder");
  CHECK(nowhere.how == "cannot hold the request's body: make a file in /no/such/folder (TMPDIR): no such file or directory");
  CHECK(nowhere.storing_failed);
}
