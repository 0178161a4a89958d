#include "modes/static_files.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <string>
#include <vector>

#include "modes/static_site.hpp"
#include "support/recorded_log.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;

namespace {

/// A page, a text of ten digits, a folder with and one without index.html.
struct UsualSite : Site {
  UsualSite() {
    write("index.html", "<h1>home</h1>\n");
    write("digits.txt", "0123456789");
    write("a/index.html", "<h1>a</h1>\n");
    write("b/one.txt", "1");
    write("b/sub/x.txt", "x");
  }
};

void check_missing(const Answer& answer) {
  CHECK(answer.status == 404);
  CHECK(answer.body == "404 page not found\n");
  CHECK(answer.field("content-type") == "text/plain; charset=utf-8");
  CHECK(answer.field("x-content-type-options") == "nosniff");
}

/// As long as it lives, we are somebody who may not read everything.
class Unprivileged {
 public:
  Unprivileged() { CHECK((!was_root_ || ::seteuid(kNobody) == 0)); }
  ~Unprivileged() { CHECK((!was_root_ || ::seteuid(0) == 0)); }

 private:
  static constexpr uid_t kNobody = 65534;
  const bool was_root_ = ::geteuid() == 0;
};

}  // namespace

TEST_CASE("static: a file with its fields") {
  const UsualSite site;
  StaticFiles files(site.options());
  const Answer answer = get(files, "/digits.txt?query");
  CHECK(answer.status == 200);
  CHECK(answer.body == "0123456789");
  CHECK(answer.field("content-type") == "text/plain; charset=utf-8");
  CHECK(answer.field("content-length") == "10");
  CHECK(answer.field("last-modified") == kOldDate);
  CHECK(answer.field("accept-ranges") == "bytes");
  CHECK(answer.field("etag").size() > 4);
  CHECK(answer.field("vary") == "(none)");
  CHECK(answer.field("cache-control") == "(none)");
}

TEST_CASE("static: every method but HEAD is GET") {
  const UsualSite site;
  StaticFiles files(site.options());
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "PURGE"})
    CHECK(ask(files, method, "/digits.txt").body == "0123456789");
  const Answer head = ask(files, "HEAD", "/digits.txt");
  CHECK(head.status == 200);
  CHECK(head.field("content-length") == "10");
  CHECK(head.field("content-type") == "text/plain; charset=utf-8");
  CHECK(head.body.empty());
  CHECK(ask(files, "OPTIONS", "*").status == 200);
  check_missing(ask(files, "CONNECT", "h:80"));
}

TEST_CASE("static: index pages and redirects") {
  const UsualSite site;
  StaticFiles files(site.options());
  CHECK(get(files, "/").body == "<h1>home</h1>\n");
  CHECK(get(files, "/").field("content-type") == "text/html; charset=utf-8");
  CHECK(get(files, "/a/").body == "<h1>a</h1>\n");
  struct Row {
    const char* target;
    const char* location;
  };
  for (const Row& row : {Row{"/index.html", "./"}, Row{"/a/index.html?x=1", "./?x=1"}, Row{"/nope/index.html", "./"},
                         Row{"/a", "a/"}, Row{"/b/sub?q=%20&r", "sub/?q=%20&r"}, Row{"/digits.txt/", "../digits.txt"},
                         Row{"/b/one.txt/?y", "../one.txt?y"}, Row{"/a%2Findex.html", "./"}}) {
    CAPTURE(row.target);
    const Answer answer = get(files, row.target);
    CHECK(answer.status == 301);
    CHECK(answer.field("location") == row.location);
    CHECK(answer.body.empty());
  }
}

TEST_CASE("static: a redirect never carries what a name could smuggle in") {
  const Site site;
  site.write("sp ace\r\nX-Evil: 1/x", "");
  site.write("a:b/x", "");
  StaticFiles files(site.options());
  CHECK(get(files, "/sp%20ace%0d%0aX-Evil:%201").field("location") == "./sp%20ace%0D%0AX-Evil:%201/");
  CHECK(get(files, "/a:b").field("location") == "./a:b/");
}

TEST_CASE("static: folders are listed") {
  const UsualSite site;
  site.write("b/two & <3>.txt", "2");
  site.link("sub", "b/to_sub");
  StaticFiles files(site.options());
  const Answer answer = get(files, "/b/");
  CHECK(answer.status == 200);
  CHECK(answer.field("content-type") == "text/html; charset=utf-8");
  CHECK(answer.body ==
        "<!doctype html>\n<meta name=\"viewport\" content=\"width=device-width\">\n<pre>\n"
        "<a href=\"one.txt\">one.txt</a>\n<a href=\"sub/\">sub/</a>\n<a href=\"to_sub\">to_sub</a>\n"
        "<a href=\"two%20&amp;%20%3C3%3E.txt\">two &amp; &lt;3&gt;.txt</a>\n</pre>\n");
  CHECK(ask(files, "HEAD", "/b/").field("content-length") == std::to_string(answer.body.size()));
  site.touch("b", kOld);
  CHECK(get(files, "/b/").field("last-modified") == kOldDate);
  CHECK(get(files, "/b/", std::string("If-Modified-Since: ") + kOldDate + "\r\n").status == 304);
}

TEST_CASE("static: without listing a folder without index.html is missing, and one with it is not") {
  const UsualSite site;
  StaticFiles::Options options = site.options();
  options.listing = false;
  StaticFiles files(options);
  check_missing(get(files, "/b/"));
  check_missing(get(files, "/b"));
  CHECK(get(files, "/a").status == 301);
  CHECK(get(files, "/a/").body == "<h1>a</h1>\n");
}

TEST_CASE("static: what is missing") {
  const UsualSite site;
  StaticFiles files(site.options());
  const std::string long_name(5000, 'x');
  for (const std::string& target : {std::string("/nope"), std::string("/digits.txt/below"), std::string("/nope/"),
                                    std::string("/a%00"), "/" + long_name, std::string("/b/") + std::string(300, 'y')}) {
    CAPTURE(target);
    check_missing(get(files, target));
  }
}

TEST_CASE("static: paths stay below the root and mean what they say") {
  const UsualSite site;
  site.write("x/%2e%2e.txt", "literal");
  StaticFiles files(site.options());
  for (const char* target : {"/../digits.txt", "/a/../digits.txt", "/./digits.txt", "//digits.txt", "/a/%2e%2e/digits.txt",
                             "/%2e%2e%2fdigits.txt", "/d%69gits.txt", "/../../../digits.txt"}) {
    CAPTURE(target);
    CHECK(get(files, target).body == "0123456789");
  }
  CHECK(get(files, "/x/%252e%252e.txt").body == "literal");
  check_missing(get(files, "/../site/digits.txt"));
  CHECK(get(files, "http://other/digits.txt").body == "0123456789");
}

TEST_CASE("static: what is no file is not served and holds nothing up") {
  const Site site;
  REQUIRE(::mkfifo(site.path("fifo").c_str(), 0644) == 0);
  const Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  site.path("socket").copy(address.sun_path, sizeof address.sun_path - 1);
  REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  site.link("/dev/zero", "device");
  StaticFiles files(site.options());
  for (const char* target : {"/fifo", "/socket", "/device", "/fifo/"}) {
    CAPTURE(target);
    check_missing(get(files, target));
  }
}

TEST_CASE("static: what may not be read is forbidden") {
  const UsualSite site;
  REQUIRE(::chmod(site.outside("").c_str(), 0755) == 0);
  REQUIRE(::chmod(site.path("digits.txt").c_str(), 0) == 0);
  REQUIRE(::chmod(site.path("a/index.html").c_str(), 0) == 0);
  REQUIRE(::chmod(site.path("b").c_str(), 0) == 0);
  const Unprivileged unprivileged;
  StaticFiles files(site.options());
  for (const char* target : {"/digits.txt", "/a/", "/b/", "/b/one.txt"}) {
    const Answer answer = get(files, target);
    CHECK(answer.status == 403);
    CHECK(answer.body == "403 Forbidden\n");
    CHECK(answer.field("x-content-type-options") == "nosniff");
  }
  CHECK(get(files, "/index.html").status == 301);
  CHECK(get(files, "/").status == 200);
}

TEST_CASE("static: what fails for our own reasons is told to the operator") {
  const UsualSite site;
  std::vector<std::string> told;
  StaticFiles::Options options = site.options();
  options.report = [&told](std::string_view why) { told.emplace_back(why); };
  StaticFiles files(options);
  CHECK(get(files, "/digits.txt").status == 200);
  served() = &files;
  Exchange seen;
  {
    Loop loop;
    Stage stage(loop, [](Stage& on, Request& request, ResponseWriter& response) -> Task<void> {
      rlimit none{};
      (void)::getrlimit(RLIMIT_NOFILE, &none);
      const rlim_t bound = none.rlim_cur;
      none.rlim_cur = 0;
      (void)::setrlimit(RLIMIT_NOFILE, &none);
      co_await serve_site(on, request, response);
      none.rlim_cur = bound;
      (void)::setrlimit(RLIMIT_NOFILE, &none);
    });
    loop.run(exchange_on(stage, "GET /b/one.txt HTTP/1.1\r\nHost: h\r\n\r\n", Pace::at_once, seen));
  }
  const Answer answer = take_apart(seen.received);
  CHECK(answer.status == 500);
  CHECK(answer.body == "500 Internal Server Error\n");
  REQUIRE(told.size() == 1);
  CHECK(told[0] == "serve b/one.txt: too many open files");
}

TEST_CASE("static: the page for what is missing") {
  const UsualSite site;
  site.write("errors/404.html", "<p>gone");
  StaticFiles::Options options = site.options();
  options.not_found = "/errors/404.html";
  options.cache_control = "max-age=60";
  StaticFiles files(options);
  const Answer answer = get(files, "/nope", "Range: bytes=0-1\r\nIf-None-Match: *\r\n");
  CHECK(answer.status == 404);
  CHECK(answer.body == "<p>gone");
  CHECK(answer.field("content-type") == "text/html; charset=utf-8");
  CHECK(answer.field("etag") == "(none)");
  CHECK(answer.field("cache-control") == "(none)");
  CHECK(answer.field("accept-ranges") == "(none)");
  CHECK(ask(files, "HEAD", "/nope").status == 404);
  CHECK(get(files, "/errors/404.html").status == 200);
  std::filesystem::remove(site.path("errors/404.html"));
  check_missing(get(files, "/nope"));
}

TEST_CASE("static: the fallback for single-page applications") {
  const UsualSite site;
  site.write("404.html", "gone");
  StaticFiles::Options options = site.options();
  options.fallback = "index.html";
  options.not_found = "404.html";
  options.cache_control = "no-cache";
  StaticFiles files(options);
  for (const char* target : {"/people/42", "/people/", "/v1.2/people"}) {
    CAPTURE(target);
    const Answer answer = get(files, target);
    CHECK(answer.status == 200);
    CHECK(answer.body == "<h1>home</h1>\n");
    CHECK(answer.field("cache-control") == "no-cache");
    CHECK(get(files, target, "If-None-Match: " + answer.field("etag") + "\r\n").status == 304);
    CHECK(ask(files, "HEAD", target).status == 200);
  }
  for (const char* target : {"/app.js", "/people/42.json"}) CHECK(get(files, target).body == "gone");
  CHECK(ask(files, "POST", "/people/42").status == 404);
  CHECK(get(files, "/b/").body.starts_with("<!doctype html>"));
  CHECK(get(files, "/a%00").status == 404);
}

TEST_CASE("static: cache_control goes with content") {
  const UsualSite site;
  StaticFiles::Options options = site.options();
  options.cache_control = "public, max-age=60";
  StaticFiles files(options);
  CHECK(get(files, "/digits.txt").field("cache-control") == "public, max-age=60");
  CHECK(get(files, "/digits.txt", "Range: bytes=1-2\r\n").field("cache-control") == "public, max-age=60");
  CHECK(get(files, "/digits.txt", std::string("If-Modified-Since: ") + kOldDate + "\r\n").field("cache-control") ==
        "public, max-age=60");
  for (const char* target : {"/nope", "/a", "/b/"}) CHECK(get(files, target).field("cache-control") == "(none)");
  CHECK(get(files, "/digits.txt", "Range: bytes=10-\r\n").field("cache-control") == "(none)");
}

TEST_CASE("static: a change is seen by the next request") {
  const UsualSite site;
  StaticFiles files(site.options());
  check_missing(get(files, "/later.txt"));
  site.write("later.txt", "one");
  CHECK(get(files, "/later.txt").body == "one");
  site.write("later.txt", "two!");
  CHECK(get(files, "/later.txt").body == "two!");
  site.write("later.txt", "six!");
  CHECK(get(files, "/later.txt").body == "six!");
  std::filesystem::remove(site.path("later.txt"));
  check_missing(get(files, "/later.txt"));
}

TEST_CASE("static: files of all sizes around the bounds arrive whole") {
  const Site site;
  StaticFiles files(site.options());
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, kSmallFile - 1, kSmallFile, kSmallFile + 1, std::size_t{3} << 20U}) {
    CAPTURE(size);
    std::string content(size, 'x');
    for (std::size_t i = 0; i < size; i += 97) content[i] = static_cast<char>('a' + i % 23);
    site.write("file.bin", content);
    const Answer answer = get(files, "/file.bin");
    CHECK(answer.status == 200);
    CHECK(answer.field("content-length") == std::to_string(size));
    CHECK((answer.body == content));
  }
}

TEST_CASE("static: requests follow each other on one connection") {
  const UsualSite site;
  site.write("large.txt", std::string(kSmallFile + 10, 'z'));
  StaticFiles files(site.options());
  const std::string end = " HTTP/1.1\r\nHost: h\r\n\r\n";
  const std::string received = converse(
      files, "GET /large.txt" + end + "HEAD /large.txt" + end + "GET /nope" + end + "GET /a" + end + "GET /digits.txt" + end);
  CHECK(received.ends_with("\r\n\r\n0123456789"));
  std::size_t answers = 0;
  for (std::size_t at = received.find("HTTP/1.1 "); at != std::string::npos; at = received.find("HTTP/1.1 ", at + 1)) ++answers;
  CHECK(answers == 5);
}

TEST_CASE("static: a root that is missing may appear") {
  const Site site;
  std::filesystem::remove(site.root());
  StaticFiles files(site.options());
  RecordedLog missing;
  files.announce(missing.logger);
  CHECK(missing.lines() ==
        "Warning: open " + site.root() + ": no such file or directory\nServing files at: " + site.root() + "\n");
  check_missing(get(files, "/x.txt"));
  std::filesystem::create_directory(site.root());
  site.write("x.txt", "here");
  CHECK(get(files, "/x.txt").body == "here");
  RecordedLog there;
  files.announce(there.logger);
  CHECK(there.lines() == "Serving files at: " + site.root() + "\n");
}
