#include "http/status.hpp"

#include <doctest/doctest.h>

using namespace fwatchdog;

TEST_CASE("reason phrases") {
  CHECK(reason_phrase(100) == "Continue");
  CHECK(reason_phrase(200) == "OK");
  CHECK(reason_phrase(404) == "Not Found");
  CHECK(reason_phrase(408) == "Request Timeout");
  CHECK(reason_phrase(413) == "Request Entity Too Large");  // the old names, as Go has them
  CHECK(reason_phrase(416) == "Requested Range Not Satisfiable");
  CHECK(reason_phrase(431) == "Request Header Fields Too Large");
  CHECK(reason_phrase(511) == "Network Authentication Required");
  for (const int unknown : {0, 99, 104, 299, 306, 419, 509, 512, 600, 999, -1}) CHECK(reason_phrase(unknown) == "Status");
}

TEST_CASE("every known phrase is found") {
  int known = 0;
  for (int status = 0; status < 1000; ++status) known += reason_phrase(status) != "Status" ? 1 : 0;
  CHECK(known == 62);
}

TEST_CASE("answers that never have a body") {
  for (const int status : {100, 101, 103, 199, 204, 304}) CHECK_FALSE(allows_body(status));
  for (const int status : {200, 201, 205, 206, 300, 303, 305, 400, 404, 500, 599}) CHECK(allows_body(status));
}
