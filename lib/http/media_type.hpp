/// Media types of contents, by their first bytes and by a file's ending. Pure functions; all results are literals.
#pragma once

#include <cstddef>
#include <string_view>

namespace fwatchdog {

/// How many bytes sniff() looks at.
constexpr std::size_t kSniffBytes = 512;

/// The media type of content that starts with `first_bytes`, as Go's servers answer it: the table of WHATWG MIME Sniffing with
/// Go's spellings
/// (`text/plain; charset=utf-8`, `application/x-gzip`). Content that is neither known nor text is `application/octet-stream`; no
/// content is text.
std::string_view sniff(std::string_view first_bytes);

/// The media type for the ending of `path` (from the last dot of its last segment), in any case; empty when the ending is not
/// known. Text types name utf-8.
std::string_view type_by_extension(std::string_view path);

}  // namespace fwatchdog
