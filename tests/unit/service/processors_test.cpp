#include "service/processors.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

using namespace fwatchdog;

namespace {

/// A system as a process sees it in /proc and /sys.
class GivenSystem {
 public:
  GivenSystem() {
    char name[] = "/tmp/fwatchdog-processors.XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    root_ = name;
  }
  GivenSystem(const GivenSystem&) = delete;
  GivenSystem& operator=(const GivenSystem&) = delete;
  ~GivenSystem() { std::filesystem::remove_all(root_); }

  GivenSystem& file(const std::string& path, const std::string& content) {
    const std::filesystem::path whole = root_ + path;
    std::filesystem::create_directories(whole.parent_path());
    std::ofstream(whole) << content;
    return *this;
  }
  double limit() const { return control_group_processors(root_).value_or(-1); }

 private:
  std::string root_;
};

constexpr const char* kVersion2 =
    "24 30 0:22 / /proc rw,nosuid - proc proc rw\n"
    "30 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";

}  // namespace

TEST_CASE("version 2: the group itself, as a container with its own view sees it") {
  GivenSystem system;
  system.file("/proc/self/mountinfo", kVersion2).file("/proc/self/cgroup", "0::/\n");
  CHECK(system.limit() == -1);
  system.file("/sys/fs/cgroup/cpu.max", "max 100000\n");
  CHECK(system.limit() == -1);
  system.file("/sys/fs/cgroup/cpu.max", "150000 100000\n");
  CHECK(system.limit() == doctest::Approx(1.5));
  system.file("/sys/fs/cgroup/cpu.max", "nonsense\n");
  CHECK(system.limit() == -1);
}

TEST_CASE("version 2: the strictest of all groups above") {
  GivenSystem system;
  system.file("/proc/self/mountinfo", kVersion2).file("/proc/self/cgroup", "0::/pods/one/function\n");
  system.file("/sys/fs/cgroup/pods/cpu.max", "400000 100000\n");
  CHECK(system.limit() == doctest::Approx(4));
  system.file("/sys/fs/cgroup/pods/one/function/cpu.max", "max 100000\n");
  CHECK(system.limit() == doctest::Approx(4));
  system.file("/sys/fs/cgroup/pods/one/cpu.max", "50000 100000\n");
  CHECK(system.limit() == doctest::Approx(0.5));
  system.file("/sys/fs/cgroup/pods/other/cpu.max", "10000 100000\n");
  CHECK(system.limit() == doctest::Approx(0.5));
}

TEST_CASE("version 1, where the container's group is the top of the mount, and the path in /proc is the machine's") {
  GivenSystem system;
  system
      .file("/proc/self/mountinfo",
            "31 30 0:27 /docker/abc /sys/fs/cgroup/memory ro shared:9 - cgroup cgroup rw,memory\n"
            "32 30 0:28 /docker/abc /sys/fs/cgroup/cpu,cpuacct ro shared:10 - cgroup cgroup rw,cpu,cpuacct\n")
      .file("/proc/self/cgroup", "5:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n3:cpuset:/\n");
  CHECK(system.limit() == -1);
  system.file("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n")
      .file("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  CHECK(system.limit() == -1);
  system.file("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "250000\n");
  CHECK(system.limit() == doctest::Approx(2.5));
  system.file("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "0\n");
  CHECK(system.limit() == -1);
}

TEST_CASE("a group that is not below what is mounted is looked for at the mount's top") {
  GivenSystem system;
  system.file("/proc/self/mountinfo", "30 23 0:26 /machine/x /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n")
      .file("/proc/self/cgroup", "0::/../../elsewhere\n")
      .file("/sys/fs/cgroup/cpu.max", "200000 100000\n");
  CHECK(system.limit() == doctest::Approx(2));
}

TEST_CASE("where nothing can be read there is no limit") {
  GivenSystem system;
  CHECK(system.limit() == -1);
  system.file("/proc/self/mountinfo", "30 23\n\n - - -\nx y z / /m rw - cgroup2\n")
      .file("/proc/self/cgroup", "no colons\n:\n::\n");
  CHECK(system.limit() == -1);
}

TEST_CASE("this machine has a processor for us") {
  CHECK(usable_processors() >= 1);
  CHECK(usable_processors() <= static_cast<std::size_t>(::sysconf(_SC_NPROCESSORS_CONF)));
}
