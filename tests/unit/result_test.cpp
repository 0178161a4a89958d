#include "result.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <memory>
#include <string>
#include <utility>

using namespace fwatchdog;

namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return Error(Errc::invalid, "odd");
  return number / 2;
}

Result<void> only_even(int number) {
  if (Result<int> result = half(number); !result.ok()) return result.error();
  return {};
}

}  // namespace

TEST_CASE("result: a value or an error") {
  Result<int> good = half(8);
  REQUIRE(good.ok());
  CHECK(static_cast<bool>(good));
  CHECK(*good == 4);
  CHECK(good.value() == 4);
  *good = 5;
  CHECK(std::as_const(good).value() == 5);

  const Result<int> bad = half(7);
  CHECK_FALSE(bad.ok());
  CHECK_FALSE(static_cast<bool>(bad));
  CHECK(bad.error().code == Errc::invalid);
  CHECK(bad.error().text() == "odd");
}

TEST_CASE("result: values that can only be moved, and those that look like errors") {
  Result<std::unique_ptr<std::string>> owned(std::make_unique<std::string>("text"));
  REQUIRE(owned.ok());
  CHECK(**owned == "text");
  Result<std::unique_ptr<std::string>> moved = std::move(owned);
  const std::unique_ptr<std::string> taken = std::move(*moved);
  CHECK(*taken == "text");

  Result<std::string> text(std::string("length"));
  CHECK(text->size() == 6);
}

TEST_CASE("result: of nothing") {
  CHECK(only_even(2).ok());
  const Result<void> bad = only_even(3);
  REQUIRE_FALSE(bad.ok());
  CHECK(bad.error().what == "odd");
  CHECK(Result<void>());
}

TEST_CASE("error: the text names what was attempted and why it failed") {
  CHECK(Error::system(ECONNREFUSED, "connect to 127.0.0.1:3000").text() == "connect to 127.0.0.1:3000: connection refused");
  CHECK(Error::system(EPIPE).text() == "broken pipe");
  CHECK(Error(Errc::cancelled).text() == "cancelled");
  CHECK(Error(Errc::end_of_stream, "body").text() == "body: unexpected EOF");
  CHECK(Error(Errc::timed_out, "connect").text() == "connect: timed out");
  CHECK(Error(Errc::too_large).text() == "too large");
  CHECK(Error(Errc::too_large, "a body above 5 bytes").text() == "a body above 5 bytes");
  CHECK(Error(Errc::invalid).text() == "invalid");
  CHECK(Error(Errc::invalid, "bad chunk size").text() == "bad chunk size");
  CHECK(Error(Errc::unsupported).text() == "unsupported");
  CHECK(Error(Errc::unsupported, "unknown coding").text() == "unknown coding");
  const Error full(Errc::system, ENOSPC, "write");
  CHECK(full.sys == ENOSPC);
  CHECK(full.text() == "write: no space left on device");
}

TEST_CASE("errno_text: as Go prints it") {
  struct Row {
    int err;
    const char* text;
  };
  for (const Row row :
       {Row{ENOENT, "no such file or directory"}, Row{EACCES, "permission denied"}, Row{E2BIG, "argument list too long"},
        Row{ENOEXEC, "exec format error"}, Row{EADDRINUSE, "address already in use"}, Row{EMFILE, "too many open files"},
        Row{ECONNRESET, "connection reset by peer"}, Row{ESRMNT, "srmount error"}}) {
    CHECK(errno_text(row.err) == row.text);
  }
  CHECK(errno_text(ELIBACC) == "can not access a needed shared library");
  CHECK(errno_text(ERFKILL) == "operation not possible due to RF-kill");
  CHECK(errno_text(ENOTUNIQ) == "name not unique on network");
  CHECK(errno_text(99999) == "errno 99999");
}
