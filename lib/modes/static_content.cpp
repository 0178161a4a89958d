#include "modes/static_content.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <span>
#include <utility>

#include "http/content_coding.hpp"
#include "http/media_type.hpp"

namespace fwatchdog {

namespace {

struct Variant {
  std::string_view ending;
  std::string_view coding;
};

// In the order in which they are preferred where the caller wants them equally.
constexpr Variant kVariants[] = {{".br", "br"}, {".gz", "gzip"}};

/// Reads up to `room.size()` bytes from the start of the file.
Result<std::size_t> read_start(int file, std::span<char> room) {
  std::size_t filled = 0;
  while (filled < room.size()) {
    const ssize_t count = ::pread(file, room.data() + filled, room.size() - filled, static_cast<off_t>(filled));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Error::system(errno, "read");
    filled += static_cast<std::size_t>(count);
    // A regular file gives less only at its end.
    if (filled < room.size()) break;
  }
  return filled;
}

std::string_view sniff_file(int file) {
  std::array<char, kSniffBytes> start;
  Result<std::size_t> count = read_start(file, start);
  return sniff(std::string_view(start.data(), count.ok() ? *count : 0));
}

/// Eight bytes at a time; not against adversaries, who would have to own the site.
std::uint64_t digest(std::string_view bytes) {
  constexpr std::uint64_t kFactor = 0x9E3779B97F4A7C15U;  // odd, bits evenly set
  std::uint64_t hash = bytes.size() * kFactor;
  while (!bytes.empty()) {
    std::uint64_t word = 0;
    const std::size_t count = std::min(bytes.size(), sizeof word);
    std::memcpy(&word, bytes.data(), count);
    bytes.remove_prefix(count);
    hash = (hash ^ word) * kFactor;
    hash ^= hash >> 29U;
  }
  hash *= kFactor;
  return hash ^ (hash >> 32U);
}

void append_hex(std::string& to, std::uint64_t number) {
  std::array<char, 16> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16).ptr;
  to.append(digits.data(), end);
}

}  // namespace

Result<StaticContent> StaticContent::load(StaticRoot& root, const std::string& name, OpenedFile plain,
                                          std::span<const Field> fields) {
  StaticContent content;
  content.file_ = std::move(plain);
  content.type_ = type_by_extension(name);
  content.choose_variant(root, name, fields);
  if (Result<void> read = content.read_if_small(); !read.ok()) return read.error();
  if (content.type_.empty()) content.type_ = content.bytes_ ? sniff(*content.bytes()) : sniff_file(content.file_.fd.get());
  content.make_validators();
  return content;
}

void StaticContent::choose_variant(StaticRoot& root, const std::string& name, std::span<const Field> fields) {
  Weight best = 0;
  OpenedFile chosen;
  std::string variant_name;
  for (const Variant& variant : kVariants) {
    variant_name.assign(name).append(variant.ending);
    Result<OpenedFile> opened = root.open_optional(variant_name);
    if (!opened.ok() || opened->facts.kind != FileFacts::Kind::regular) continue;
    varies_ = true;
    const Weight weight = coding_weight(fields, variant.coding);
    if (weight <= best || weight < identity_weight(fields)) continue;
    best = weight;
    chosen = std::move(*opened);
    coding_ = variant.coding;
  }
  if (!chosen.fd) return;
  if (type_.empty()) type_ = sniff_file(file_.fd.get());
  file_ = std::move(chosen);
}

Result<void> StaticContent::read_if_small() {
  // One byte more than there should be shows a file that grows; it gets a second try, and then is sent as the large ones are.
  for (int tries = 0; tries < 2 && file_.facts.size <= kSmallFile; ++tries) {
    const std::size_t room = file_.facts.size + 1;
    bytes_ = std::make_unique_for_overwrite<char[]>(room);
    Result<std::size_t> count = read_start(file_.fd.get(), std::span<char>(bytes_.get(), room));
    if (!count.ok()) return count.error();
    if (*count < room) {
      size_ = *count;
      file_.fd.reset();
      return Result<void>();
    }
    bytes_.reset();
    if (Result<void> known = file_.examine(); !known.ok()) return known;
  }
  size_ = file_.facts.size;
  return Result<void>();
}

void StaticContent::make_validators() {
  etag_ = '"';
  if (bytes_) {
    append_hex(etag_, digest(*bytes()));
  } else {
    append_hex(etag_, static_cast<std::uint64_t>(file_.facts.modified.time_since_epoch().count()));
    etag_ += '-';
    append_hex(etag_, size_);
  }
  if (!coding_.empty()) etag_.append("-").append(coding_);
  etag_ += '"';
  last_modified_ = file_.facts.last_modified();
}

std::optional<std::string_view> StaticContent::bytes() const {
  if (!bytes_) return std::nullopt;
  return std::string_view(bytes_.get(), size_);
}

Validators StaticContent::validators() const {
  Validators validators = file_.facts.validators();
  validators.etag = etag_;
  return validators;
}

StaticContent StaticContent::copy() const {
  assert(bytes_);
  StaticContent other;
  other.file_.facts = file_.facts;
  other.size_ = size_;
  other.bytes_ = std::make_unique_for_overwrite<char[]>(size_);
  std::memcpy(other.bytes_.get(), bytes_.get(), size_);
  other.type_ = type_;
  other.coding_ = coding_;
  other.varies_ = varies_;
  other.etag_ = etag_;
  other.last_modified_ = last_modified_;
  return other;
}

}  // namespace fwatchdog
