/// Arguments of the bench's tools: `--name value` pairs, then, after `--`, the command of another program.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <utility>

namespace fwatchdog::bench {

/// Ends the tool with one line on stderr: a figure that is wrong is worse than none.
[[noreturn]] inline void fail(const std::string& why) {
  std::fprintf(stderr, "bench: %s\n", why.c_str());
  std::exit(1);
}

class Arguments {
 public:
  Arguments(int argc, char** argv) : command_(argv + argc) {
    for (int i = 1; i < argc; ++i) {
      const std::string name = argv[i];
      if (name == "--") {
        command_ = argv + i + 1;
        return;
      }
      if (name.rfind("--", 0) != 0 || i + 1 == argc) fail("expected --name value, got " + name);
      values_[name.substr(2)] = argv[++i];
    }
  }

  /// Takes an option; what was not taken by the time of end() is a mistake.
  std::string text(const std::string& name, std::string otherwise) {
    const auto found = values_.find(name);
    if (found == values_.end()) return otherwise;
    std::string value = std::move(found->second);
    values_.erase(found);
    return value;
  }

  std::uint64_t number(const std::string& name, std::uint64_t otherwise) {
    const std::string value = text(name, std::to_string(otherwise));
    char* end = nullptr;
    const unsigned long long parsed = std::strtoull(value.c_str(), &end, 10);
    if (value.empty() || *end != '\0') fail("--" + name + " is no number: " + value);
    return parsed;
  }

  void end() const {
    if (!values_.empty()) fail("unknown option --" + values_.begin()->first);
  }

  /// What stands after `--`, ending with nullptr; empty without it.
  char** command() const { return command_; }

 private:
  std::map<std::string, std::string> values_;
  char** command_;
};

}  // namespace fwatchdog::bench
