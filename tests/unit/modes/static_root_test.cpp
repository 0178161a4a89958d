#include "modes/static_root.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cerrno>
#include <string>

#include "modes/static_site.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;

namespace {

/// The file's text, or the errno of the failure.
std::string read_below(StaticRoot& root, const std::string& name) {
  Result<OpenedFile> opened = root.open(name);
  if (!opened.ok()) return "errno " + std::to_string(opened.error().sys);
  if (opened->facts.kind == FileFacts::Kind::folder) return "folder";
  std::array<char, 100> room{};
  const ssize_t count = ::read(opened->fd.get(), room.data(), room.size());
  return std::string(room.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
}

const std::string kMissing = "errno " + std::to_string(ENOENT);

constexpr StaticRoot::Method kMethods[] = {StaticRoot::Method::kernel, StaticRoot::Method::walk};

}  // namespace

TEST_CASE("static root: symlinks are followed inside and nowhere else") {
  const Site site;
  site.write("in.txt", "inside");
  site.write("deep/er/in.txt", "deep");
  site.write("../secret.txt", "outside");
  site.write("../site.other/secret.txt", "outside");
  std::filesystem::create_directory(site.path("empty"));
  site.link("in.txt", "fine");
  site.link("deep/er", "way");
  site.link("../in.txt", "deep/up");
  site.link("../../in.txt", "deep/er/up");
  site.link("fine", "deep/../chain");
  site.link(site.path("in.txt"), "absolute");
  site.link(site.path("deep"), "absolute_way");
  site.link(site.root(), "self");
  site.link("../secret.txt", "out");
  site.link("../site/in.txt", "out_and_in");
  site.link(site.outside("secret.txt"), "absolute_out");
  site.link(site.outside("site.other"), "sibling_with_our_name");
  site.link("..", "parent");
  site.link("deep/../../secret.txt", "crooked");
  site.link("loop", "loop");
  site.link("nowhere", "dangling");
  site.link("/proc/self/root/etc/passwd", "magic");
  for (const StaticRoot::Method method : kMethods) {
    CAPTURE(static_cast<int>(method));
    StaticRoot root(site.root(), method);
    for (const char* name :
         {"in.txt", "fine", "deep/up", "deep/er/up", "way/up", "chain", "absolute", "self/in.txt", "self/self/fine"}) {
      CAPTURE(name);
      CHECK(read_below(root, name) == "inside");
    }
    for (const char* name : {"deep/er/in.txt", "way/in.txt", "absolute_way/er/in.txt"}) CHECK(read_below(root, name) == "deep");
    for (const char* name : {".", "deep", "way", "absolute_way", "self", "empty"}) CHECK(read_below(root, name) == "folder");
    for (const char* name :
         {"out", "out_and_in", "absolute_out", "sibling_with_our_name/secret.txt", "parent", "parent/secret.txt", "crooked",
          "loop", "dangling", "magic", "in.txt/x", "fine/x", "nope", "deep/nope", "../secret.txt", "/etc/passwd"}) {
      CAPTURE(name);
      CHECK(read_below(root, name) == kMissing);
    }
  }
}

TEST_CASE("static root: facts of a file") {
  const Site site;
  site.write("x.txt", "12345");
  for (const StaticRoot::Method method : kMethods) {
    StaticRoot root(site.root(), method);
    Result<OpenedFile> opened = root.open("x.txt");
    REQUIRE(opened.ok());
    CHECK(opened->facts.kind == FileFacts::Kind::regular);
    CHECK(opened->facts.size == 5);
    CHECK(opened->facts.modified.time_since_epoch() == std::chrono::seconds(kOld));
    CHECK(opened->facts.last_modified() == kOldDate);
    CHECK((::fcntl(opened->fd.get(), F_GETFD) & FD_CLOEXEC) != 0);
  }
}

TEST_CASE("static root: a root behind a symlink, by either of its names") {
  const Site site;
  site.write("in.txt", "inside");
  std::filesystem::create_symlink("site", site.outside("alias"));
  site.link(site.outside("alias") + "/in.txt", "by_alias");
  site.link(site.path("in.txt"), "by_name");
  for (const StaticRoot::Method method : kMethods) {
    StaticRoot root(site.outside("alias"), method);
    CHECK(read_below(root, "in.txt") == "inside");
    CHECK(read_below(root, "by_alias") == "inside");
    CHECK(read_below(root, "by_name") == "inside");
  }
}

TEST_CASE("static root: a root that is replaced is seen where a name is missing in the old one") {
  const Site site;
  site.write("../new/fresh.txt", "fresh");
  StaticRoot root(site.root());
  CHECK(read_below(root, "fresh.txt") == kMissing);
  std::filesystem::rename(site.root(), site.outside("old"));
  std::filesystem::rename(site.outside("new"), site.root());
  CHECK(read_below(root, "fresh.txt") == "fresh");
  std::filesystem::remove_all(site.root());
  CHECK(read_below(root, "fresh.txt") == kMissing);
  CHECK(!root.why_not_servable().empty());
}

TEST_CASE("static root: a file as root serves nothing") {
  const Site site;
  site.write("in.txt", "inside");
  StaticRoot root(site.path("in.txt"));
  CHECK(read_below(root, ".") == kMissing);
  CHECK(root.why_not_servable().ends_with("not a directory"));
}
