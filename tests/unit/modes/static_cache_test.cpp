#include "modes/static_cache.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <thread>

#include "modes/static_site.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;
using namespace std::chrono_literals;

namespace {

StaticContent load(StaticRoot& root, const std::string& name) {
  Result<OpenedFile> opened = root.open(name);
  REQUIRE(opened.ok());
  Result<StaticContent> content = StaticContent::load(root, name, std::move(*opened), {});
  REQUIRE(content.ok());
  return std::move(*content);
}

/// Loads the file once a further change of it is certain to show.
StaticContent load_settled(StaticRoot& root, const std::string& name) {
  for (const auto end = std::chrono::steady_clock::now() + 10s; std::chrono::steady_clock::now() < end;) {
    StaticContent content = load(root, name);
    if (content.facts().shows_next_change()) return content;
    std::this_thread::sleep_for(5ms);
  }
  FAIL("the file does not settle");
  return load(root, name);
}

std::string found(const StaticCache& cache, StaticRoot& root, const std::string& name, StaticCache::Time now) {
  const std::optional<StaticContent> content = cache.find(root, name, now);
  return content ? std::string(*content->bytes()) : "(nothing)";
}

}  // namespace

TEST_CASE("static cache: what was kept is found until the file is another") {
  const Site site;
  site.write("a/x.txt", "one");
  StaticRoot root(site.root());
  StaticCache cache;
  const auto now = std::chrono::steady_clock::now();
  CHECK(found(cache, root, "a/x.txt", now) == "(nothing)");

  const StaticContent content = load_settled(root, "a/x.txt");
  cache.keep("a/x.txt", content, now);
  const std::optional<StaticContent> known = cache.find(root, "a/x.txt", now);
  REQUIRE(known);
  CHECK(*known->bytes() == "one");
  CHECK(known->etag() == content.etag());
  CHECK(known->last_modified() == kOldDate);
  CHECK(known->type() == "text/plain; charset=utf-8");
  CHECK(found(cache, root, "a/x.tx", now) == "(nothing)");

  SUBCASE("written again, with the same size and date") {
    site.write("a/x.txt", "two");
    CHECK(found(cache, root, "a/x.txt", now) == "(nothing)");
  }
  SUBCASE("removed") {
    std::filesystem::remove(site.path("a/x.txt"));
    CHECK(found(cache, root, "a/x.txt", now) == "(nothing)");
  }
  SUBCASE("replaced by a link to a file outside") {
    std::filesystem::rename(site.path("a/x.txt"), site.outside("x.txt"));
    site.link("../../x.txt", "a/x.txt");
    CHECK(found(cache, root, "a/x.txt", now) == "(nothing)");
  }
  SUBCASE("no longer to be read") {
    REQUIRE(::chmod(site.path("a/x.txt").c_str(), 0) == 0);
    CHECK(found(cache, root, "a/x.txt", now) == "(nothing)");
  }
  SUBCASE("after a second") {
    CHECK(found(cache, root, "a/x.txt", now + 999ms) == "one");
    CHECK(found(cache, root, "a/x.txt", now + 1001ms) == "(nothing)");
  }
}

TEST_CASE("static cache: what cannot be vouched for is not kept") {
  const Site site;
  site.write("large.txt", std::string(StaticCache::kLargestFile + 1, 'x'));
  site.write("bound.txt", std::string(StaticCache::kLargestFile, 'x'));
  site.write("varies.txt", "plain");
  site.write("varies.txt.gz", "gz");
  site.write("fresh.txt", "fresh");
  StaticRoot root(site.root());
  StaticCache cache;
  const auto now = std::chrono::steady_clock::now();
  const StaticContent fresh = load(root, "fresh.txt");
  if (!fresh.facts().shows_next_change()) {
    cache.keep("fresh.txt", fresh, now);
    CHECK(found(cache, root, "fresh.txt", now) == "(nothing)");
  }
  for (const char* name : {"large.txt", "bound.txt", "varies.txt"}) cache.keep(name, load_settled(root, name), now);
  CHECK(found(cache, root, "large.txt", now) == "(nothing)");
  CHECK(found(cache, root, "varies.txt", now) == "(nothing)");
  CHECK(found(cache, root, "bound.txt", now) != "(nothing)");
}

TEST_CASE("static cache: more files than it has room for") {
  const Site site;
  StaticRoot root(site.root());
  StaticCache cache;
  const auto now = std::chrono::steady_clock::now();
  for (int i = 0; i < 1000; ++i) site.write(std::to_string(i), std::to_string(i));
  (void)load_settled(root, "999");
  for (int i = 0; i < 1000; ++i) cache.keep(std::to_string(i), load(root, std::to_string(i)), now);
  int hits = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::string text = found(cache, root, std::to_string(i), now);
    if (text == "(nothing)") continue;
    CHECK(text == std::to_string(i));
    ++hits;
  }
  CHECK(hits > 50);
  CHECK(hits <= 128);
}

TEST_CASE("static cache: answers are the same from it") {
  const Site site;
  site.write("index.html", "<h1>home</h1>");
  site.write("a/index.html", "<h1>a</h1>");
  StaticRoot root(site.root());
  (void)load_settled(root, "a/index.html");
  StaticFiles files(site.options());
  for (const char* target : {"/", "/a/", "/a//"}) {
    const Answer first = get(files, target), second = get(files, target);
    CHECK(first.fields == second.fields);
    CHECK(first.body == second.body);
    CHECK(get(files, target, "If-None-Match: " + first.field("etag") + "\r\n").status == 304);
    CHECK(get(files, target, "Range: bytes=1-2\r\n").body == "h1");
    CHECK(ask(files, "HEAD", target).fields == first.fields);
  }
  CHECK(get(files, "/a").status == 301);
  CHECK(get(files, "/a/index.html").status == 301);
  CHECK(get(files, "/index.html/").status == 301);
}
