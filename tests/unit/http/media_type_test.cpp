#include "http/media_type.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace fwatchdog;
using namespace std::string_view_literals;

namespace {

constexpr std::string_view kText = "text/plain; charset=utf-8";
constexpr std::string_view kHtml = "text/html; charset=utf-8";
constexpr std::string_view kBinary = "application/octet-stream";

struct Row {
  std::string_view data, type;
};

}  // namespace

TEST_CASE("contents are known by their first bytes") {
  const std::string eot = std::string(34, '\x05') + "LP";
  const Row rows[] = {
      {"", kText},
      {"hello", kText},
      {" \t\r\n\f", kText},
      {"\xC3\xA4\xFF", kText},
      {"{\"a\": 1}", kText},
      {"\x1B[1mbold", kText},
      {"\x01\x02\x03", kBinary},
      {"text\0more"sv, kBinary},
      {"a\x0B", kBinary},
      {"a\x0E", kBinary},
      {"a\x1A", kBinary},
      {"a\x1C", kBinary},
      {"a\x7F", kText},
      {"<!DOCTYPE HTML>", kHtml},
      {"<!doctype html>x", kHtml},
      {"  \n<html >", kHtml},
      {"<HtMl>", kHtml},
      {"<head>", kHtml},
      {"<script >", kHtml},
      {"<iframe>", kHtml},
      {"<h1>x", kHtml},
      {"<div class=a>", kHtml},
      {"<font >", kHtml},
      {"<table>", kHtml},
      {"<a href=x>", kHtml},
      {"<style>", kHtml},
      {"<title>", kHtml},
      {"<b>", kHtml},
      {"<body>", kHtml},
      {"<br>", kHtml},
      {"<p>", kHtml},
      {"<!-- x", kHtml},
      {"<!--x", kText},
      {"<html", kText},
      {"<html/", kText},
      {"<html\n>", kText},
      {"<abbr>", kText},
      {"<pre>", kText},
      {"x<html>", kText},
      {"<?xml version", "text/xml; charset=utf-8"},
      {"\n <?xml", "text/xml; charset=utf-8"},
      {"<?XML", kText},
      {"%PDF-1.4", "application/pdf"},
      {" %PDF-1.4", kText},
      {"%!PS-Adobe-3.0", "application/postscript"},
      {"\xFE\xFF\0a"sv, "text/plain; charset=utf-16be"},
      {"\xFF\xFE"
       "a\0"sv,
       "text/plain; charset=utf-16le"},
      {"\xEF\xBB\xBFx", kText},
      {"\xEF\xBB\xBF\x01", kText},
      {"\xFE\xFF\x01", kBinary},
      {"\xFE\xFF", kText},
      {"\0\0\1\0"sv, "image/x-icon"},
      {"\0\0\2\0"sv, "image/x-icon"},
      {"BM\1\2", "image/bmp"},
      {"BM", "image/bmp"},
      {"GIF87a", "image/gif"},
      {"GIF89a...", "image/gif"},
      {"GIF88a", kText},
      {"RIFF\1\2\3\4WEBPVP8 ", "image/webp"},
      {"RIFF\1\2\3\4WEBP", kBinary},
      {"\x89PNG\r\n\x1A\n", "image/png"},
      {"\xFF\xD8\xFF\xE0", "image/jpeg"},
      {"FORM\1\2\3\4AIFF", "audio/aiff"},
      {"ID3\3", "audio/mpeg"},
      {"OggS\0"sv, "application/ogg"},
      {"MThd\0\0\0\6"sv, "audio/midi"},
      {"RIFF\1\2\3\4AVI ", "video/avi"},
      {"RIFF\1\2\3\4WAVEfmt ", "audio/wave"},
      {"\0\0\0\x18"
       "ftypmp42\0\0\0\0mp42isom"sv,
       "video/mp4"},
      {"\0\0\0\x18"
       "ftypisom\0\0\2\0isomiso2"sv,
       kBinary},
      {"\0\0\0\x18"
       "ftypisom\0\0\2\0isommp41"sv,
       "video/mp4"},
      {"\0\0\0\x14"
       "ftypisommp41isom"sv,
       kBinary},
      {"\0\0\0\x18"
       "ftypmp42"sv,
       kBinary},
      {"\0\0\0\x0D"
       "ftypmp42xxxxxx"sv,
       kBinary},
      {"\0\0\0\x08"
       "ftypmp42"sv,
       kBinary},
      {"\xFF\xFF\xFF\xFC"
       "ftypmp42"sv,
       kText},
      {"\x1A\x45\xDF\xA3\x9F", "video/webm"},
      {eot, "application/vnd.ms-fontobject"},
      {"\0\1\0\0"sv, "font/ttf"},
      {"OTTO", "font/otf"},
      {"ttcf", "font/collection"},
      {"wOFF", "font/woff"},
      {"wOF2", "font/woff2"},
      {"\x1F\x8B\x08\0"sv, "application/x-gzip"},
      {"PK\3\4", "application/zip"},
      {"Rar!\x1A\7\0"sv, "application/x-rar-compressed"},
      {"Rar!\x1A\7\1\0"sv, "application/x-rar-compressed"},
      {"\0asm\1\0\0\0"sv, "application/wasm"},
      {"\0asn"sv, kBinary},
      {"\x7F"
       "ELF\2\1"sv,
       kBinary},
  };
  for (const Row& row : rows) {
    CAPTURE(row.data);
    CHECK(sniff(row.data) == row.type);
  }
}

TEST_CASE("only the first 512 bytes count") {
  CHECK(sniff(std::string(512, 'a') + '\0') == kText);
  CHECK(sniff(std::string(511, 'a') + '\0') == kBinary);
  CHECK(sniff(std::string(506, ' ') + "<html>") == kHtml);
  CHECK(sniff(std::string(507, ' ') + "<html>") == kText);
}

TEST_CASE("no beginning of a content reads outside of it") {
  for (const std::string_view data : {"\0\0\0\x18"
                                      "ftypisom\0\0\2\0isommp41"sv,
                                      "  <!DOCTYPE HTML>"sv, "RIFF\1\2\3\4WEBPVP8 "sv, "Rar!\x1A\7\1\0"sv}) {
    for (std::size_t size = 0; size <= data.size(); ++size) {
      const std::string cut(data.substr(0, size));
      CHECK_FALSE(sniff(cut).empty());
    }
  }
}

TEST_CASE("endings name types") {
  const Row rows[] = {
      {"a.html", kHtml},
      {"/x/y.HTM", kHtml},
      {"a.css", "text/css; charset=utf-8"},
      {"a.JS", "text/javascript; charset=utf-8"},
      {"a.mjs", "text/javascript; charset=utf-8"},
      {"a.min.js", "text/javascript; charset=utf-8"},
      {"a.json", "application/json"},
      {"a.js.map", "application/json"},
      {"a.xml", "text/xml; charset=utf-8"},
      {"a.svg", "image/svg+xml"},
      {"a.txt", kText},
      {"a.csv", "text/csv; charset=utf-8"},
      {"a.md", "text/markdown; charset=utf-8"},
      {"a.png", "image/png"},
      {"a.jpg", "image/jpeg"},
      {"a.JPEG", "image/jpeg"},
      {"a.gif", "image/gif"},
      {"a.webp", "image/webp"},
      {"a.avif", "image/avif"},
      {"favicon.ico", "image/vnd.microsoft.icon"},
      {"a.pdf", "application/pdf"},
      {"a.wasm", "application/wasm"},
      {"a.woff", "font/woff"},
      {"a.woff2", "font/woff2"},
      {"a.ttf", "font/ttf"},
      {"a.mp3", "audio/mpeg"},
      {"a.mp4", "video/mp4"},
      {"a.webm", "video/webm"},
      {"a.zip", "application/zip"},
      {"a.7z", "application/x-7z-compressed"},
      {"a.zst", "application/zstd"},
      {"a.tar.gz", "application/gzip"},
      {"site.webmanifest", "application/manifest+json"},
      {".html", kHtml},
      {"html", ""},
      {"a.", ""},
      {"", ""},
      {"/", ""},
      {"a.html/b", ""},
      {"a.html/", ""},
      {"a.htmlx", ""},
      {"a.unknownlongending", ""},
      {"a.\0html"sv, ""},
      {"a.\xC3\xA4", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.data);
    CHECK(type_by_extension(row.data) == row.type);
  }
}
