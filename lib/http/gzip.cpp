#include "http/gzip.hpp"

#include <zlib.h>

namespace fwatchdog {

namespace {

constexpr int kGzip = 16;    // added to the size of the window: gzip's head and end instead of zlib's
constexpr int kWindow = 12;  // as a power of two
constexpr int kMemoryLevel = 4;

struct Deflating {
  z_stream stream{};
  bool begun = false;
  Deflating() = default;
  Deflating(const Deflating&) = delete;
  Deflating& operator=(const Deflating&) = delete;
  ~Deflating() {
    if (begun) deflateEnd(&stream);
  }
};

}  // namespace

std::optional<std::string> gzip(std::string_view bytes) {
  Deflating deflating;
  z_stream& stream = deflating.stream;
  const int begun = deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzip + kWindow, kMemoryLevel, Z_DEFAULT_STRATEGY);
  deflating.begun = begun == Z_OK;
  if (!deflating.begun) return std::nullopt;
  std::string packed(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // zlib only reads from there
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) return std::nullopt;
  packed.resize(stream.total_out);
  return packed;
}

}  // namespace fwatchdog
