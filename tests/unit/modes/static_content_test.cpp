#include "modes/static_content.hpp"

#include <doctest/doctest.h>

#include <string>

#include "modes/static_site.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;

TEST_CASE("static content: the type follows from the ending, else from the bytes") {
  const Site site;
  site.write("a.CSS", "x");
  site.write("page", "<!DOCTYPE html><p>");
  site.write("picture", std::string("\x89PNG\r\n\x1a\n") + std::string(9, '\0'));
  site.write("empty", "");
  site.write("large", std::string(kSmallFile + 1, 'w'));
  site.write("file.unknownending", std::string("\x1f\x8b\x08", 3));
  StaticFiles files(site.options());
  CHECK(get(files, "/a.CSS").field("content-type") == "text/css; charset=utf-8");
  CHECK(get(files, "/page").field("content-type") == "text/html; charset=utf-8");
  CHECK(get(files, "/picture").field("content-type") == "image/png");
  CHECK(get(files, "/empty").field("content-type") == "text/plain; charset=utf-8");
  CHECK(get(files, "/large").field("content-type") == "text/plain; charset=utf-8");
  CHECK(get(files, "/file.unknownending").field("content-type") == "application/x-gzip");
  CHECK(get(files, "/picture", "Range: bytes=4-5\r\n").field("content-type") == "image/png");
  CHECK(ask(files, "HEAD", "/picture").field("content-type") == "image/png");
}

TEST_CASE("static content: the entity tag is the content's") {
  const Site site;
  site.write("one.txt", "same bytes");
  site.write("two.txt", "same bytes");
  site.touch("two.txt", kOld + 5);
  site.write("three.txt", "same byteS");
  StaticFiles files(site.options());
  const std::string tag = get(files, "/one.txt").field("etag");
  CHECK(tag.starts_with('"'));
  CHECK(get(files, "/two.txt").field("etag") == tag);
  CHECK(get(files, "/three.txt").field("etag") != tag);
  CHECK(ask(files, "HEAD", "/one.txt").field("etag") == tag);

  const std::string zeros(kSmallFile + 1, '\0');
  site.write("large.bin", zeros);
  const std::string large = get(files, "/large.bin").field("etag");
  site.touch("large.bin", kOld + 1);
  CHECK(get(files, "/large.bin").field("etag") != large);
}

TEST_CASE("static content: zeros of different lengths have different tags") {
  const Site site;
  StaticFiles files(site.options());
  std::vector<std::string> tags;
  for (std::size_t size = 0; size < 20; ++size) {
    site.write("z", std::string(size, '\0'));
    tags.push_back(get(files, "/z").field("etag"));
  }
  std::sort(tags.begin(), tags.end());
  CHECK(std::unique(tags.begin(), tags.end()) == tags.end());
}

TEST_CASE("static content: conditions") {
  const Site site;
  site.write("digits.txt", "0123456789");
  StaticFiles files(site.options());
  const std::string tag = get(files, "/digits.txt").field("etag");
  const std::string same = kOldDate;
  struct Row {
    std::string fields;
    int status;
  };
  for (const Row& row : {Row{"If-None-Match: " + tag, 304}, Row{"If-None-Match: W/" + tag, 304}, Row{"If-None-Match: *", 304},
                         Row{"If-None-Match: \"other\"", 200}, Row{"If-Match: " + tag, 200}, Row{"If-Match: \"other\"", 412},
                         Row{"If-Match: W/" + tag, 412}, Row{"If-Modified-Since: " + same, 304},
                         Row{"If-Modified-Since: Wed, 01 Jan 2020 00:00:00 GMT", 200}, Row{"If-Unmodified-Since: " + same, 200},
                         Row{"If-Unmodified-Since: Wed, 01 Jan 2020 00:00:00 GMT", 412},
                         Row{"If-None-Match: \"other\"\r\nIf-Modified-Since: " + same, 200}}) {
    CAPTURE(row.fields);
    const Answer answer = get(files, "/digits.txt", row.fields + "\r\n");
    CHECK(answer.status == row.status);
    CHECK(answer.body == (row.status == 200 ? "0123456789" : ""));
    CHECK(answer.field("etag") == tag);
    if (row.status != 304) continue;
    CHECK(answer.field("content-length") == "(none)");
    CHECK(answer.field("content-type") == "(none)");
    CHECK(answer.field("last-modified") == kOldDate);
  }
  CHECK(ask(files, "POST", "/digits.txt", "If-None-Match: " + tag + "\r\n").status == 412);
}

TEST_CASE("static content: no date where the file system knows none") {
  const Site site;
  site.write("x.txt", "x");
  site.touch("x.txt", 0);
  StaticFiles files(site.options());
  CHECK(get(files, "/x.txt").field("last-modified") == "(none)");
  CHECK(get(files, "/x.txt", "If-Modified-Since: Thu, 01 Jan 2026 00:00:00 GMT\r\n").status == 200);
}

TEST_CASE("static content: precompressed files") {
  const Site site;
  site.write("app.js", "plain plain plain");
  site.write("app.js.br", "BROTLI");
  site.write("app.js.gz", "GZIPPED");
  site.write("only.css", "plain");
  site.write("only.css.gz", "GZ");
  site.write("page", "<html>plain</html>");
  site.write("page.gz", "GZ");
  site.write("lone.txt.gz", "GZ");
  std::filesystem::create_directories(site.path("folder.txt.br"));
  site.write("folder.txt", "plain");
  StaticFiles files(site.options());
  struct Row {
    const char* target;
    const char* accept;
    const char* body;
    const char* coding;
  };
  for (const Row& row :
       {Row{"/app.js", "gzip, br", "BROTLI", "br"}, Row{"/app.js", "gzip", "GZIPPED", "gzip"},
        Row{"/app.js", "*", "BROTLI", "br"}, Row{"/app.js", "br;q=0.1, gzip;q=0.9", "GZIPPED", "gzip"},
        Row{"/app.js", "br;q=0, gzip;q=0", "plain plain plain", "(none)"},
        Row{"/app.js", "identity", "plain plain plain", "(none)"},
        Row{"/app.js", "identity;q=1, br;q=0.5", "plain plain plain", "(none)"}, Row{"/only.css", "br, gzip;q=0.2", "GZ", "gzip"},
        Row{"/only.css", "br", "plain", "(none)"}, Row{"/page", "gzip", "GZ", "gzip"}}) {
    CAPTURE(row.target);
    CAPTURE(row.accept);
    const Answer answer = get(files, row.target, "Accept-Encoding: " + std::string(row.accept) + "\r\n");
    CHECK(answer.status == 200);
    CHECK(answer.body == row.body);
    CHECK(answer.field("content-encoding") == row.coding);
    CHECK(answer.field("vary") == "Accept-Encoding");
  }
  const Answer plain = get(files, "/app.js");
  const Answer brotli = get(files, "/app.js", "Accept-Encoding: br\r\n");
  CHECK(plain.body == "plain plain plain");
  CHECK(plain.field("vary") == "Accept-Encoding");
  CHECK(plain.field("etag") != brotli.field("etag"));
  CHECK(brotli.field("content-type") == "text/javascript; charset=utf-8");
  CHECK(get(files, "/page", "Accept-Encoding: gzip\r\n").field("content-type") == "text/html; charset=utf-8");
  const std::string not_modified = "Accept-Encoding: br\r\nIf-None-Match: " + brotli.field("etag") + "\r\n";
  CHECK(get(files, "/app.js", not_modified).status == 304);
  CHECK(get(files, "/app.js", not_modified).field("vary") == "Accept-Encoding");
  CHECK(get(files, "/app.js", "If-None-Match: " + brotli.field("etag") + "\r\n").status == 200);

  const Answer part = get(files, "/app.js", "Accept-Encoding: br\r\nRange: bytes=1-3\r\n");
  CHECK(part.status == 206);
  CHECK(part.body == "ROT");
  CHECK(part.field("content-range") == "bytes 1-3/6");
  CHECK(part.field("content-encoding") == "br");

  CHECK(get(files, "/folder.txt", "Accept-Encoding: br\r\n").body == "plain");
  CHECK(get(files, "/folder.txt").field("vary") == "(none)");
  CHECK(get(files, "/lone.txt", "Accept-Encoding: gzip\r\n").status == 404);
  const Answer direct = get(files, "/app.js.gz", "Accept-Encoding: gzip\r\n");
  CHECK(direct.field("content-type") == "application/gzip");
  CHECK(direct.field("content-encoding") == "(none)");
}
