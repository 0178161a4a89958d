#include "http/media_type.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

namespace fwatchdog {

namespace {

using namespace std::string_view_literals;

constexpr std::string_view kText = "text/plain; charset=utf-8";
constexpr std::string_view kHtml = "text/html; charset=utf-8";
constexpr std::string_view kXml = "text/xml; charset=utf-8";
constexpr std::string_view kUnknown = "application/octet-stream";

constexpr unsigned byte(char c) { return static_cast<unsigned char>(c); }

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

constexpr bool is_white(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r'; }

// In capitals; each must be followed by a blank or `>`.
constexpr std::string_view kHtmlTags[] = {
    "<!DOCTYPE HTML", "<HTML",  "<HEAD", "<SCRIPT", "<IFRAME", "<H1", "<DIV", "<FONT", "<TABLE", "<A",
    "<STYLE",         "<TITLE", "<B",    "<BODY",   "<BR",     "<P",  "<!--",
};

/// `head`, then `gap` bytes of any kind, then `tail`.
struct Signature {
  std::string_view head;
  std::size_t gap;
  std::string_view tail;
  std::string_view type;
};

// The order is the standard's: an earlier row wins. MP4, which is no fixed pattern, stands between the two tables.
constexpr Signature kSignatures[] = {
    {"%PDF-"sv, 0, ""sv, "application/pdf"},
    {"%!PS-Adobe-"sv, 0, ""sv, "application/postscript"},
    {"\xFE\xFF"sv, 2, ""sv, "text/plain; charset=utf-16be"},
    {"\xFF\xFE"sv, 2, ""sv, "text/plain; charset=utf-16le"},
    {"\xEF\xBB\xBF"sv, 1, ""sv, kText},
    {"\0\0\x01\0"sv, 0, ""sv, "image/x-icon"},
    {"\0\0\x02\0"sv, 0, ""sv, "image/x-icon"},
    {"BM"sv, 0, ""sv, "image/bmp"},
    {"GIF87a"sv, 0, ""sv, "image/gif"},
    {"GIF89a"sv, 0, ""sv, "image/gif"},
    {"RIFF"sv, 4, "WEBPVP"sv, "image/webp"},
    {"\x89PNG\r\n\x1A\n"sv, 0, ""sv, "image/png"},
    {"\xFF\xD8\xFF"sv, 0, ""sv, "image/jpeg"},
    {"FORM"sv, 4, "AIFF"sv, "audio/aiff"},
    {"ID3"sv, 0, ""sv, "audio/mpeg"},
    {"OggS\0"sv, 0, ""sv, "application/ogg"},
    {"MThd\0\0\0\x06"sv, 0, ""sv, "audio/midi"},
    {"RIFF"sv, 4, "AVI "sv, "video/avi"},
    {"RIFF"sv, 4, "WAVE"sv, "audio/wave"},
};

constexpr Signature kSignaturesAfterMp4[] = {
    {"\x1A\x45\xDF\xA3"sv, 0, ""sv, "video/webm"},
    {""sv, 34, "LP"sv, "application/vnd.ms-fontobject"},
    {"\0\x01\0\0"sv, 0, ""sv, "font/ttf"},
    {"OTTO"sv, 0, ""sv, "font/otf"},
    {"ttcf"sv, 0, ""sv, "font/collection"},
    {"wOFF"sv, 0, ""sv, "font/woff"},
    {"wOF2"sv, 0, ""sv, "font/woff2"},
    {"\x1F\x8B\x08"sv, 0, ""sv, "application/x-gzip"},
    {"PK\x03\x04"sv, 0, ""sv, "application/zip"},
    {"Rar!\x1A\x07\0"sv, 0, ""sv, "application/x-rar-compressed"},
    {"Rar!\x1A\x07\x01\0"sv, 0, ""sv, "application/x-rar-compressed"},
    {"\0asm"sv, 0, ""sv, "application/wasm"},
};

bool matches(const Signature& signature, std::string_view data) {
  return data.size() >= signature.head.size() + signature.gap + signature.tail.size() && data.starts_with(signature.head) &&
         data.substr(signature.head.size() + signature.gap).starts_with(signature.tail);
}

template <std::size_t N>
std::string_view first_match(const Signature (&table)[N], std::string_view data) {
  for (const Signature& signature : table) {
    if (matches(signature, data)) return signature.type;
  }
  return {};
}

bool starts_with_tag(std::string_view text, std::string_view tag) {
  if (text.size() <= tag.size()) return false;
  for (std::size_t i = 0; i < tag.size(); ++i) {
    if (lower(text[i]) != lower(tag[i])) return false;
  }
  return text[tag.size()] == ' ' || text[tag.size()] == '>';
}

// WHATWG MIME Sniffing 6.2.1: a box `ftyp` that names a brand starting with "mp4"; the four bytes at 12 are a version, no brand.
bool is_mp4(std::string_view data) {
  if (data.size() < 12 || data.substr(4, 4) != "ftyp") return false;
  const std::uint32_t box = byte(data[0]) << 24 | byte(data[1]) << 16 | byte(data[2]) << 8 | byte(data[3]);
  if (box > data.size() || box % 4 != 0) return false;
  for (std::size_t at = 8; at < box; at += 4) {
    if (at != 12 && data.substr(at, 3) == "mp4") return true;
  }
  return false;
}

bool is_binary_byte(char c) {
  const unsigned b = byte(c);
  return b <= 0x08 || b == 0x0B || (b >= 0x0E && b <= 0x1A) || (b >= 0x1C && b <= 0x1F);
}

struct Extension {
  std::string_view ending;
  std::string_view type;
};

constexpr Extension kExtensions[] = {
    {"7z", "application/x-7z-compressed"},
    {"aac", "audio/aac"},
    {"apng", "image/apng"},
    {"atom", "application/atom+xml"},
    {"avi", "video/x-msvideo"},
    {"avif", "image/avif"},
    {"bin", kUnknown},
    {"bmp", "image/bmp"},
    {"br", "application/x-brotli"},
    {"bz2", "application/x-bzip2"},
    {"cjs", "text/javascript; charset=utf-8"},
    {"css", "text/css; charset=utf-8"},
    {"csv", "text/csv; charset=utf-8"},
    {"deb", "application/vnd.debian.binary-package"},
    {"doc", "application/msword"},
    {"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    {"eot", "application/vnd.ms-fontobject"},
    {"epub", "application/epub+zip"},
    {"flac", "audio/flac"},
    {"geojson", "application/geo+json"},
    {"gif", "image/gif"},
    {"glb", "model/gltf-binary"},
    {"gltf", "model/gltf+json"},
    {"gz", "application/gzip"},
    {"heic", "image/heic"},
    {"heif", "image/heif"},
    {"htm", kHtml},
    {"html", kHtml},
    {"ico", "image/vnd.microsoft.icon"},
    {"ics", "text/calendar; charset=utf-8"},
    {"jar", "application/java-archive"},
    {"jfif", "image/jpeg"},
    {"jpeg", "image/jpeg"},
    {"jpg", "image/jpeg"},
    {"js", "text/javascript; charset=utf-8"},
    {"json", "application/json"},
    {"jsonld", "application/ld+json"},
    {"jxl", "image/jxl"},
    {"log", kText},
    {"m3u8", "application/vnd.apple.mpegurl"},
    {"m4a", "audio/mp4"},
    {"m4v", "video/mp4"},
    {"map", "application/json"},
    {"markdown", "text/markdown; charset=utf-8"},
    {"md", "text/markdown; charset=utf-8"},
    {"mid", "audio/midi"},
    {"midi", "audio/midi"},
    {"mjs", "text/javascript; charset=utf-8"},
    {"mkv", "video/x-matroska"},
    {"mov", "video/quicktime"},
    {"mp3", "audio/mpeg"},
    {"mp4", "video/mp4"},
    {"mpd", "application/dash+xml"},
    {"mpeg", "video/mpeg"},
    {"mpg", "video/mpeg"},
    {"ndjson", "application/x-ndjson"},
    {"odp", "application/vnd.oasis.opendocument.presentation"},
    {"ods", "application/vnd.oasis.opendocument.spreadsheet"},
    {"odt", "application/vnd.oasis.opendocument.text"},
    {"oga", "audio/ogg"},
    {"ogg", "audio/ogg"},
    {"ogv", "video/ogg"},
    {"opus", "audio/ogg"},
    {"otf", "font/otf"},
    {"pdf", "application/pdf"},
    {"png", "image/png"},
    {"ppt", "application/vnd.ms-powerpoint"},
    {"pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
    {"ps", "application/postscript"},
    {"rar", "application/vnd.rar"},
    {"rss", "application/rss+xml"},
    {"rtf", "application/rtf"},
    {"svg", "image/svg+xml"},
    {"tar", "application/x-tar"},
    {"tgz", "application/gzip"},
    {"tif", "image/tiff"},
    {"tiff", "image/tiff"},
    {"toml", "application/toml"},
    {"ts", "video/mp2t"},
    {"tsv", "text/tab-separated-values; charset=utf-8"},
    {"ttc", "font/collection"},
    {"ttf", "font/ttf"},
    {"txt", kText},
    {"vtt", "text/vtt; charset=utf-8"},
    {"wasm", "application/wasm"},
    {"wav", "audio/wav"},
    {"weba", "audio/webm"},
    {"webm", "video/webm"},
    {"webmanifest", "application/manifest+json"},
    {"webp", "image/webp"},
    {"woff", "font/woff"},
    {"woff2", "font/woff2"},
    {"xhtml", "application/xhtml+xml"},
    {"xls", "application/vnd.ms-excel"},
    {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    {"xml", kXml},
    {"xsl", kXml},
    {"xz", "application/x-xz"},
    {"yaml", "application/yaml"},
    {"yml", "application/yaml"},
    {"zip", "application/zip"},
    {"zst", "application/zstd"},
};

constexpr bool by_ending(const Extension& a, const Extension& b) { return a.ending < b.ending; }

static_assert(std::is_sorted(std::begin(kExtensions), std::end(kExtensions), by_ending), "looked up by halving");

constexpr std::size_t kLongestEnding = 11;  // webmanifest

}  // namespace

std::string_view sniff(std::string_view first_bytes) {
  const std::string_view data = first_bytes.substr(0, kSniffBytes);
  const std::size_t white = static_cast<std::size_t>(std::find_if_not(data.begin(), data.end(), is_white) - data.begin());
  const std::string_view text = data.substr(white);
  for (const std::string_view tag : kHtmlTags) {
    if (starts_with_tag(text, tag)) return kHtml;
  }
  if (text.starts_with("<?xml")) return kXml;
  if (const std::string_view type = first_match(kSignatures, data); !type.empty()) return type;
  if (is_mp4(data)) return "video/mp4";
  if (const std::string_view type = first_match(kSignaturesAfterMp4, data); !type.empty()) return type;
  return std::none_of(text.begin(), text.end(), is_binary_byte) ? kText : kUnknown;
}

std::string_view type_by_extension(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);  // npos + 1 is 0
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || name.size() - dot - 1 > kLongestEnding) return {};
  std::array<char, kLongestEnding> lowered{};
  const auto end = std::transform(name.begin() + static_cast<std::ptrdiff_t>(dot) + 1, name.end(), lowered.begin(), lower);
  const std::string_view ending(lowered.data(), static_cast<std::size_t>(end - lowered.begin()));
  const auto found = std::lower_bound(std::begin(kExtensions), std::end(kExtensions), Extension{ending, {}}, by_ending);
  return found != std::end(kExtensions) && found->ending == ending ? found->type : std::string_view{};
}

}  // namespace fwatchdog
