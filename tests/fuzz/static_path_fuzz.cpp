// Paths of requests, decoded and looked up below a folder: nothing outside of it is ever opened.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include "http/target.hpp"
#include "modes/static_path.hpp"
#include "modes/static_root.hpp"
#include "property.hpp"

namespace fwatchdog::fuzz {

namespace {

namespace fs = std::filesystem;

/// A folder to serve, with symlinks that lead everywhere, and one beside it that must stay unseen.
class Site {
 public:
  Site() {
    std::string name = (fs::temp_directory_path() / "fwatchdog-fuzz.XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    base_ = name;
    fs::create_directories(root() / "a" / "b");
    for (const char* file : {"a/f", "a/b/g", "a/..b", "a/%41"}) std::ofstream(root() / file) << file;
    fs::create_directories(base_ / "secret");
    std::ofstream(base_ / "secret" / "f") << "secret";
    fs::create_directory_symlink("a/b", root() / "in");
    fs::create_directory_symlink(root() / "a", root() / "abs");
    fs::create_directory_symlink("../..", root() / "a" / "up");
    fs::create_directory_symlink("../secret", root() / "out");
    fs::create_directory_symlink(base_ / "secret", root() / "far");
    fs::create_directory_symlink("loop", root() / "loop");
    fs::create_directory_symlink("/", root() / "slash");
  }
  ~Site() {
    std::error_code ignored;
    fs::remove_all(base_, ignored);
  }

  fs::path root() const { return base_ / "root"; }

  bool contains(const FileFacts& facts) const {
    struct stat stated {};
    if (::stat(root().c_str(), &stated) == 0 && FileFacts(stated) == facts) return true;
    return std::any_of(fs::recursive_directory_iterator(root()), fs::recursive_directory_iterator(), [&](const auto& entry) {
      return ::lstat(entry.path().c_str(), &stated) == 0 && FileFacts(stated) == facts;
    });
  }

 private:
  fs::path base_;
};

void check_name(const std::string& name) {
  must(!name.empty() && name.front() != '/' && (name.back() != '/'), "a name is relative", name);
  must(name.find('\0') == std::string::npos, "a name has no NUL", name);
  std::string_view rest = name;
  while (name != "." && !rest.empty()) {
    const std::string_view segment = take_until(rest, '/');
    must(!segment.empty() && segment != "." && segment != "..", "a name goes down only", name);
  }
  must(name_below_root(name) == name && name_below_root("/" + name + "/") == name, "a name is its own name", name);
}

void check_lookup(const std::string& name) {
  static const Site site;
  static StaticRoot by_kernel(site.root(), StaticRoot::Method::kernel);
  static StaticRoot by_walk(site.root(), StaticRoot::Method::walk);
  const Result<OpenedFile> opened = by_kernel.open(name);
  const Result<OpenedFile> walked = by_walk.open(name);
  must(opened.ok() == walked.ok(), "kernel and walk find the same", name);
  if (!opened.ok()) {
    must(opened.error().sys == ENOENT && walked.error().sys == ENOENT, "what cannot be had is not there", name);
    return;
  }
  must(opened->facts == walked->facts, "kernel and walk find the same file", name);
  must(site.contains(opened->facts), "nothing outside is opened", name);
}

/// A name written as a reference, and asked for again, is the same name.
void check_reference(std::string_view segment) {
  const std::string reference = relative_reference(segment);
  const bool clean = std::all_of(reference.begin(), reference.end(), [](char c) {
    return c > ' ' && c < 0x7f && std::string_view("\"<>'`\\").find(c) == std::string_view::npos;
  });
  must(clean, "a reference can stand in HTML", reference);
  const std::string_view path = std::string_view(reference).substr(reference.starts_with("./") ? 2 : 0);
  must(percent_decode(path) == segment, "a reference names what it was made of", reference);
}

}  // namespace

}  // namespace fwatchdog::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fwatchdog;
  using namespace fwatchdog::fuzz;
  const std::string_view raw = text_of(data, size);
  check_name(name_below_root(raw.substr(0, raw.find('\0'))));
  const auto target = parse_target("GET", raw);
  if (!target.ok()) return 0;
  const std::string decoded = percent_decode(target->path);
  must((decoded.find('\0') != std::string::npos) == encodes_nul(target->path), "an encoded NUL is seen before decoding", raw);
  StaticPath path;
  if (!path.assign(target->path)) {
    must(encodes_nul(target->path) || target->path.front() != '/', "only a NUL can be no name", raw);
    return 0;
  }
  must(path.decoded() == decoded, "a path is decoded once", raw);
  check_name(path.name());
  check_lookup(path.name());
  if (path.last_segment() != "/") check_reference(path.last_segment());
  return 0;
}
