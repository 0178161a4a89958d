#include "modes/static_ranges.hpp"

#include <doctest/doctest.h>

#include <string>

#include "modes/static_site.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;

namespace {

std::string boundary_of(const Answer& answer) {
  static const std::string kStart = "multipart/byteranges; boundary=";
  REQUIRE(answer.field("content-type").starts_with(kStart));
  return answer.field("content-type").substr(kStart.size());
}

std::string part(const std::string& boundary, const std::string& where, const std::string& type, const std::string& bytes) {
  return "--" + boundary + "\r\nContent-Range: bytes " + where + "\r\nContent-Type: " + type + "\r\n\r\n" + bytes + "\r\n";
}

}  // namespace

TEST_CASE("static ranges: one range") {
  const Site site;
  site.write("digits.txt", "0123456789");
  StaticFiles files(site.options());
  struct Row {
    const char* spec;
    const char* body;
    const char* where;
  };
  for (const Row& row :
       {Row{"bytes=0-3", "0123", "bytes 0-3/10"}, Row{"bytes=7-", "789", "bytes 7-9/10"}, Row{"bytes=-4", "6789", "bytes 6-9/10"},
        Row{"bytes=8-99", "89", "bytes 8-9/10"}, Row{"bytes=20-30,1-1", "1", "bytes 1-1/10"}}) {
    CAPTURE(row.spec);
    const Answer answer = get(files, "/digits.txt", "Range: " + std::string(row.spec) + "\r\n");
    CHECK(answer.status == 206);
    CHECK(answer.body == row.body);
    CHECK(answer.field("content-range") == row.where);
    CHECK(answer.field("content-length") == std::to_string(answer.body.size()));
    CHECK(answer.field("content-type") == "text/plain; charset=utf-8");
  }
  const Answer head = ask(files, "HEAD", "/digits.txt", "Range: bytes=0-3\r\n");
  CHECK(head.status == 206);
  CHECK(head.field("content-length") == "4");
  for (const char* spec : {"bytes=0-9,0-9", "bytes="}) {
    const Answer whole = get(files, "/digits.txt", "Range: " + std::string(spec) + "\r\n");
    CHECK(whole.status == 200);
    CHECK(whole.body == "0123456789");
    CHECK(whole.field("accept-ranges") == "bytes");
  }
}

TEST_CASE("static ranges: what cannot be satisfied") {
  const Site site;
  site.write("digits.txt", "0123456789");
  site.write("empty.txt", "");
  StaticFiles files(site.options());
  struct Row {
    const char* spec;
    const char* body;
  };
  for (const Row& row : {Row{"bytes=10-12", "invalid range: failed to overlap\n"}, Row{"bytes=3-1", "invalid range\n"},
                         Row{"lines=1-2", "invalid range\n"}}) {
    const Answer answer = get(files, "/digits.txt", "Range: " + std::string(row.spec) + "\r\n");
    CHECK(answer.status == 416);
    CHECK(answer.field("content-range") == "bytes */10");
    CHECK(answer.body == row.body);
    CHECK(answer.field("etag") == "(none)");
  }
  CHECK(get(files, "/empty.txt", "Range: bytes=0-\r\n").status == 200);
}

TEST_CASE("static ranges: If-Range") {
  const Site site;
  site.write("digits.txt", "0123456789");
  StaticFiles files(site.options());
  const std::string tag = get(files, "/digits.txt").field("etag");
  const auto status = [&](const std::string& validator) {
    return get(files, "/digits.txt", "Range: bytes=0-3\r\nIf-Range: " + validator + "\r\n").status;
  };
  CHECK(status(tag) == 206);
  CHECK(status("W/" + tag) == 200);
  CHECK(status("\"other\"") == 200);
  CHECK(status(kOldDate) == 206);
  CHECK(status("Wed, 01 Jan 2020 00:00:00 GMT") == 200);
}

TEST_CASE("static ranges: several, of small files and of large ones") {
  const Site site;
  site.write("digits.txt", "0123456789");
  std::string content(kSmallFile * 3, '.');
  content.replace(0, 4, "head");
  content.replace(kSmallFile, 6, "middle");
  content.replace(content.size() - 4, 4, "tail");
  site.write("large.bin", content);
  StaticFiles files(site.options());

  const Answer small = get(files, "/digits.txt", "Range: bytes=0-1,4-5,-1\r\n");
  const std::string text = "text/plain; charset=utf-8";
  const std::string of_small = boundary_of(small);
  CHECK(small.status == 206);
  CHECK(small.body == part(of_small, "0-1/10", text, "01") + part(of_small, "4-5/10", text, "45") +
                          part(of_small, "9-9/10", text, "9") + "--" + of_small + "--\r\n");
  CHECK(small.field("content-length") == std::to_string(small.body.size()));
  CHECK(small.field("content-range") == "(none)");

  const std::string fields = "Range: bytes=0-3," + std::to_string(kSmallFile) + "-" + std::to_string(kSmallFile + 5) + ",-4\r\n";
  const Answer large = get(files, "/large.bin", fields);
  const std::string of_large = boundary_of(large);
  const std::string size = "/" + std::to_string(content.size()), type = "application/octet-stream";
  CHECK(of_large != of_small);
  CHECK(large.body ==
        part(of_large, "0-3" + size, type, "head") +
            part(of_large, std::to_string(kSmallFile) + "-" + std::to_string(kSmallFile + 5) + size, type, "middle") +
            part(of_large, std::to_string(content.size() - 4) + "-" + std::to_string(content.size() - 1) + size, type, "tail") +
            "--" + of_large + "--\r\n");
  const Answer head = ask(files, "HEAD", "/large.bin", fields);
  CHECK(head.status == 206);
  CHECK(head.field("content-length") == large.field("content-length"));
}
