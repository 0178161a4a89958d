#include "async/fd.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <cerrno>
#include <utility>

using namespace fwatchdog;

namespace {

Fd some_fd() { return Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

}  // namespace

TEST_CASE("fd: closes what it owns, once") {
  int number = -1;
  {
    const Fd fd = some_fd();
    REQUIRE(fd);
    number = fd.get();
    CHECK(is_open(number));
  }
  CHECK_FALSE(is_open(number));

  Fd fd = some_fd();
  number = fd.get();
  fd.reset();
  CHECK_FALSE(fd);
  CHECK(fd.get() == -1);
  CHECK_FALSE(is_open(number));
  fd.reset();
}

TEST_CASE("fd: moving hands the descriptor over and closes the old one") {
  Fd first = some_fd();
  const int number = first.get();
  Fd second(std::move(first));
  CHECK(second.get() == number);
  CHECK_FALSE(first);  // NOLINT(bugprone-use-after-move)

  Fd third = some_fd();
  const int old = third.get();
  third = std::move(second);
  CHECK(third.get() == number);
  CHECK_FALSE(is_open(old));
  CHECK(is_open(number));

  Fd& same = third;
  third = std::move(same);
  CHECK(third.get() == number);
  CHECK(is_open(number));
}

TEST_CASE("fd: release gives up the ownership") {
  Fd fd = some_fd();
  const int number = fd.release();
  CHECK_FALSE(fd);
  CHECK(is_open(number));
  CHECK(::close(number) == 0);
  const Fd none;
  CHECK_FALSE(none);
}
