/// Names of files in requests and in answers: what a path asks for below the root, and how a name is written as a reference.
#pragma once

#include <string>
#include <string_view>

namespace fwatchdog {

/// The path of a request as a name below the root. Kept and assigned anew, it needs no memory of its own.
class StaticPath {
 public:
  /// Takes a path that is still percent-encoded. `.` and `..` are resolved as text and never lead above the root. False for a
  /// path that can be no file's name, which leaves decoded() empty: one that does not begin with `/`, or that holds a NUL.
  bool assign(std::string_view encoded);

  /// Relative to the root, without `/` at its ends and without `.`, `..` and empty segments; `.` is the root itself.
  const std::string& name() const { return name_; }
  /// The path decoded, as it was asked for.
  std::string_view decoded() const { return decoded_; }
  /// The path asks for a folder.
  bool ends_with_slash() const { return decoded_.back() == '/'; }
  /// The last segment of the decoded path, slashes at its end apart; `/` for the root.
  std::string_view last_segment() const;

 private:
  std::string decoded_;
  std::string name_;
};

/// The name of a file named in the settings, relative to the root as by StaticPath: `/404.html` is `404.html`. Nothing is
/// decoded.
std::string name_below_root(std::string_view path);

/// `name`, a name in the folder at hand, as a relative reference (RFC 3986 4.2) in the spelling of Go's URLs: `a b?` is
/// `a%20b%3F`, and a name with a colon gets `./` in front, so that it is not taken for a scheme. The result has neither blanks,
/// controls, quotes nor `<`.
std::string relative_reference(std::string_view name);

/// Appends `text` with the five characters that HTML gives a meaning as references, spelled as Go spells them.
void append_html(std::string& to, std::string_view text);

}  // namespace fwatchdog
