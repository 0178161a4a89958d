#include "process/program_path.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <string>

#include "process/process_fixture.hpp"

using namespace fwatchdog;
using namespace fwatchdog::testing;

namespace {

const std::string kNotFound = "exec: \"nope\": executable file not found in $PATH";

std::string found(std::string_view name, std::string_view path) {
  const Result<std::string> result = find_program(name, path);
  return result.ok() ? *result : "error: " + result.error().text();
}

std::string checked(std::string_view name, std::string_view path) {
  const Result<std::string> result = check_program(name, path);
  return result.ok() ? *result : "error: " + result.error().text();
}

}  // namespace

TEST_CASE("program path: the first executable file in the folders of PATH") {
  const TemporaryFolder folder;
  const std::string& root = folder.path();
  folder.file("first/plain", "", 0644);
  folder.file("first/folder/inside", "", 0755);
  folder.file("second/plain", "", 0755);
  folder.file("second/folder", "", 0755);
  folder.file("third/plain", "", 0755);
  const std::string path = root + "/missing:" + root + "/first:" + root + "/second:" + root + "/third";
  CHECK(found("plain", path) == root + "/second/plain");    // the one before may not be executed
  CHECK(found("folder", path) == root + "/second/folder");  // a folder is no program
  CHECK(found("plain", root + "/third") == root + "/third/plain");
  CHECK(found("plain", root + "/third/:") == root + "/third//plain");
  CHECK(checked("plain", path) == root + "/second/plain");
  CHECK(found("sh", "/usr/bin:/bin").ends_with("/sh"));
}

TEST_CASE("program finder: remembers a file as long as it can be executed") {
  const TemporaryFolder folder;
  const std::string& root = folder.path();
  ProgramFinder finder("tool", root + "/first:" + root + "/second");
  const auto text_of = [](const Result<std::string>& result) { return result.ok() ? *result : result.error().text(); };
  const auto found_now = [&] { return text_of(finder.find()); };
  const auto found_again = [&] { return text_of(finder.find_again()); };
  const std::string nowhere = "exec: \"tool\": executable file not found in $PATH";
  CHECK(found_now() == nowhere);
  folder.file("second/tool", "", 0755);
  CHECK(found_now() == root + "/second/tool");
  folder.file("first/tool", "", 0755);
  CHECK(found_now() == root + "/second/tool");
  std::filesystem::remove(root + "/second/tool");
  CHECK(found_now() == root + "/second/tool");  // nobody looks until starting it fails
  CHECK(found_again() == root + "/first/tool");
  CHECK(found_now() == root + "/first/tool");
  std::filesystem::permissions(root + "/first/tool", std::filesystem::perms::none);
  CHECK(found_again() == nowhere);
  CHECK(found_now() == nowhere);
  folder.file("second/tool", "", 0755);
  CHECK(found_now() == root + "/second/tool");
}

TEST_CASE("program finder: a name with a slash is that file, there or not") {
  ProgramFinder finder("./tool", "/usr/bin");
  const Result<std::string> found = finder.find();
  REQUIRE(found.ok());
  CHECK(*found == "./tool");
}

TEST_CASE("program path: a name that is nowhere is told in the contract's words") {
  const TemporaryFolder folder;
  folder.file("nope", "", 0644);
  for (const std::string& path : {std::string(), std::string(":"), std::string("::/nonexistent:"), folder.path()}) {
    CHECK(found("nope", path) == "error: " + kNotFound);
    CHECK(checked("nope", path) == "error: " + kNotFound);
  }
  CHECK(found("", "/bin") == "error: exec: no command");
}

TEST_CASE("program path: an empty part of PATH is not the working directory") {
  const TemporaryFolder folder;
  folder.file("nope", "", 0755);
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  CHECK(found("nope", ":/nonexistent:") == "error: " + kNotFound);
  CHECK(found("./nope", "") == "./nope");
  std::filesystem::current_path(before);
}

TEST_CASE("program path: a name with a slash is the file itself") {
  CHECK(found("/nonexistent/x", "/bin") == "/nonexistent/x");
  CHECK(found("sub/x", "/bin") == "sub/x");
}

TEST_CASE("program path: the check at start tells what starting would tell") {
  const TemporaryFolder folder;
  const std::string plain = folder.file("plain", "", 0644);
  CHECK(checked("/nonexistent/x", "") == "error: fork/exec /nonexistent/x: no such file or directory");
  CHECK(checked(plain, "") == "error: fork/exec " + plain + ": permission denied");
  CHECK(checked(folder.path(), "") == "error: fork/exec " + folder.path() + ": permission denied");
  CHECK(checked("/bin/sh", "") == "/bin/sh");
}
