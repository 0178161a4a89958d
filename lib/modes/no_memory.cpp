#include "modes/no_memory.hpp"

#include <cerrno>
#include <new>

namespace fwatchdog {

Error no_memory_for(std::string_view what) { return Error::system(ENOMEM, "no memory for " + std::string(what)); }

bool is_no_memory(const Error& error) { return error.code == Errc::system && error.sys == ENOMEM; }

Task<Result<bool>> hold_in_memory(BodySource& body, std::string& bytes, std::size_t limit) {
  while (bytes.size() <= limit) {
    Result<std::string_view> piece = co_await body.read();
    if (!piece.ok()) co_return std::move(piece.error());
    if (piece->empty()) co_return true;
    try {
      bytes.append(*piece);
    } catch (const std::bad_alloc&) {
      co_return no_memory_for("the request's body");
    }
  }
  co_return false;
}

}  // namespace fwatchdog
