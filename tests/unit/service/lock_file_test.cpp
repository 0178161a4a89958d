#include "service/lock_file.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

using namespace fwatchdog;

namespace {

/// A folder of its own, gone in the end.
class Folder {
 public:
  Folder() {
    char name[] = "/tmp/fwatchdog-test-XXXXXX";
    path_ = ::mkdtemp(name);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

mode_t mode_of(const std::string& path) {
  struct stat status {};
  CHECK(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

}  // namespace

TEST_CASE("the lock file is made and removed") {
  const Folder folder;
  LockFile lock(folder / ".lock");
  CHECK(lock.path() == folder / ".lock");
  CHECK_FALSE(lock.exists());
  const mode_t before = ::umask(027);
  CHECK(lock.create().ok());
  ::umask(before);
  CHECK(lock.exists());
  CHECK(mode_of(lock.path()) == 0640);
  CHECK(std::filesystem::file_size(lock.path()) == 0);
  CHECK(lock.create().ok());  // one that is there is fine
  lock.remove();
  CHECK_FALSE(lock.exists());
  lock.remove();
}

TEST_CASE("the lock file's folder is made where it is missing, if that is wanted") {
  const Folder folder;
  LockFile without(folder / "a/b/.lock");
  CHECK_FALSE(without.create().ok());
  LockFile lock(folder / "a/b/.lock", true);
  CHECK(lock.create().ok());
  CHECK(lock.exists());
}

TEST_CASE("an old lock file is emptied") {
  const Folder folder;
  std::ofstream(folder / ".lock") << "old";
  LockFile lock(folder / ".lock");
  CHECK(lock.exists());
  CHECK(lock.create().ok());
  CHECK(std::filesystem::file_size(lock.path()) == 0);
}

TEST_CASE("the lock file goes with its owner, and only what it made") {
  const Folder folder;
  {
    LockFile lock(folder / ".lock");
    CHECK(lock.create().ok());
  }
  CHECK_FALSE(std::filesystem::exists(folder / ".lock"));
  std::ofstream(folder / ".lock") << "somebody else's";
  { LockFile lock(folder / ".lock"); }
  CHECK(std::filesystem::exists(folder / ".lock"));
}

TEST_CASE("somebody may take the lock file away and bring it back") {
  const Folder folder;
  LockFile lock(folder / ".lock");
  CHECK(lock.create().ok());
  std::filesystem::remove(lock.path());
  CHECK_FALSE(lock.exists());
  std::ofstream(lock.path()) << "";
  CHECK(lock.exists());
  lock.remove();
  CHECK_FALSE(lock.exists());
}

TEST_CASE("a lock file that cannot be written") {
  LockFile lock("/proc/no/.lock");
  const Result<void> created = lock.create();
  CHECK_FALSE(created.ok());
  if (!created.ok()) CHECK(created.error().text() == "cannot write lock-file /proc/no/.lock: no such file or directory");
  const Folder folder;
  LockFile in_place_of_a_folder(folder / "");
  CHECK_FALSE(in_place_of_a_folder.create().ok());
}
