/// StaticContent: what is sent for one file, either itself or a precompressed file next to it, with its type and validators.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "http/conditional.hpp"
#include "http/headers.hpp"
#include "modes/static_root.hpp"

namespace fwatchdog {

/// Files up to this size are read whole and leave together with the head of the answer.
constexpr std::size_t kSmallFile = 64U << 10U;

class StaticContent {
 public:
  /// `plain` is the open file `name` below `root`. Looks for `name.br` and `name.gz` and takes the one that the caller's
  /// Accept-Encoding `fields` want most. Errc::system when the file cannot be read.
  static Result<StaticContent> load(StaticRoot& root, const std::string& name, OpenedFile plain, std::span<const Field> fields);

  /// Its bytes in memory; nothing for a file that is larger than kSmallFile. They die with this object.
  std::optional<std::string_view> bytes() const;
  /// The open file where bytes() has nothing.
  int file() const { return file_.fd.get(); }
  std::uint64_t size() const { return size_; }
  /// Of the file that is sent.
  const FileFacts& facts() const { return file_.facts; }
  /// Of the plain file, whatever coding it has. A literal.
  std::string_view type() const { return type_; }
  /// `br`, `gzip`, or empty. A literal.
  std::string_view coding() const { return coding_; }
  /// There are precompressed files: what is sent depends on Accept-Encoding.
  bool varies() const { return varies_; }

  /// Strong. Small files have one that follows from their bytes alone, so that it is the same in every replica and after every
  /// deployment that does not change them; the others' follows from size and time of change.
  std::string_view etag() const { return etag_; }
  /// As FileFacts::last_modified().
  std::string_view last_modified() const { return last_modified_; }
  /// Dies with this object.
  Validators validators() const;

  /// Of a content that is in memory.
  StaticContent copy() const;

 private:
  StaticContent() = default;
  void choose_variant(StaticRoot& root, const std::string& name, std::span<const Field> fields);
  Result<void> read_if_small();
  void make_validators();

  OpenedFile file_;
  std::uint64_t size_ = 0;
  std::unique_ptr<char[]> bytes_;
  std::string_view type_;
  std::string_view coding_;
  bool varies_ = false;
  std::string etag_;
  std::string last_modified_;
};

}  // namespace fwatchdog
