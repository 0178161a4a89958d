/// Site: a folder of files for a test, and a server for it whose answers are taken apart.
#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "modes/static_files.hpp"
#include "support/stage.hpp"

namespace fwatchdog::test {

constexpr std::int64_t kOld = 1577934245;
constexpr const char* kOldDate = "Thu, 02 Jan 2020 03:04:05 GMT";

/// One answer. Names of fields in small letters.
struct Answer {
  int status = 0;
  std::map<std::string, std::string> fields;
  std::string body;

  std::string field(const std::string& name) const {
    const auto found = fields.find(name);
    return found == fields.end() ? std::string("(none)") : found->second;
  }
};

inline Answer take_apart(std::string_view text) {
  Answer answer;
  const std::size_t end = text.find("\r\n\r\n");
  REQUIRE(end != std::string_view::npos);
  answer.status = std::atoi(std::string(text.substr(9, 3)).c_str());
  answer.body = text.substr(end + 4);
  std::string_view head = text.substr(0, end + 2);
  for (head.remove_prefix(head.find("\r\n") + 2); !head.empty(); head.remove_prefix(head.find("\r\n") + 2)) {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    const std::size_t colon = line.find(": ");
    REQUIRE(colon != std::string_view::npos);
    std::string name(line.substr(0, colon));
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    CHECK(answer.fields.emplace(std::move(name), line.substr(colon + 2)).second);
  }
  return answer;
}

class Site {
 public:
  Site() {
    char path[] = "/tmp/fwatchdog.site.XXXXXX";
    REQUIRE(::mkdtemp(path) != nullptr);
    folder_ = path;
    std::filesystem::create_directory(root());
  }
  ~Site() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;

  std::string outside(const std::string& name) const { return folder_ + "/" + name; }
  std::string root() const { return outside("site"); }
  std::string path(const std::string& name) const { return root() + "/" + name; }

  /// Dated kOld.
  void write(const std::string& name, std::string_view content) const {
    std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
    std::ofstream(path(name), std::ios::binary | std::ios::trunc) << content;
    touch(name, kOld);
  }
  void touch(const std::string& name, std::int64_t seconds) const {
    const timespec times[2] = {{seconds, 0}, {seconds, 0}};
    REQUIRE(::utimensat(AT_FDCWD, path(name).c_str(), times, 0) == 0);
  }
  void link(const std::string& to, const std::string& name) const { std::filesystem::create_symlink(to, path(name)); }

  StaticFiles::Options options() const {
    StaticFiles::Options options;
    options.root = root();
    return options;
  }

 private:
  std::string folder_;
};

/// The handler behind `ask`; behaviours of a stage are free functions.
inline Handler*& served() {
  static Handler* handler = nullptr;
  return handler;
}

inline Task<void> serve_site(Stage&, Request& request, ResponseWriter& response) { co_await served()->handle(request, response); }

/// All that comes back for these bytes.
inline std::string converse(Handler& files, std::string_view sent) {
  served() = &files;
  return talk(serve_site, sent).received;
}

/// The answer to one request. `fields`: whole lines.
inline Answer ask(Handler& files, std::string_view method, std::string_view target, std::string_view fields = {}) {
  std::string request;
  request.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: h\r\n").append(fields).append("\r\n");
  return take_apart(converse(files, request));
}
inline Answer get(Handler& files, std::string_view target, std::string_view fields = {}) {
  return ask(files, "GET", target, fields);
}

}  // namespace fwatchdog::test
