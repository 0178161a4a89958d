#include "service/function_name.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "async/fd.hpp"

namespace fwatchdog {

namespace {

constexpr std::size_t kLongestNamespace = 253;  // more than Kubernetes allows

Error failed(const std::string& why) { return Error(Errc::invalid, "failed to get function namespace: " + why); }

Result<std::string> namespace_in(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return failed("OPENFAAS_NAMESPACE is not set, and open " + path + ": " + errno_text(errno));
  std::array<char, kLongestNamespace + 2> room{};  // a line's end, and one more that tells a longer text
  const ssize_t got = ::read(file.get(), room.data(), room.size());
  if (got < 0) return failed("read " + path + ": " + errno_text(errno));
  std::string_view text(room.data(), static_cast<std::size_t>(got));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.remove_suffix(1);
  if (text.empty() || text.size() > kLongestNamespace) return failed(path + " holds no namespace");
  return std::string(text);
}

}  // namespace

Result<std::string> function_name(const Settings& settings, const std::string& namespace_file) {
  if (settings.function_name.empty())
    return Error(Errc::invalid, "failed to get function name: env variable 'OPENFAAS_NAME' not set");
  std::string space = settings.function_namespace;
  if (space.empty()) {
    Result<std::string> found = namespace_in(namespace_file);
    if (!found.ok()) return found;
    space = std::move(*found);
  }
  return space + ":" + settings.function_name;
}

}  // namespace fwatchdog
