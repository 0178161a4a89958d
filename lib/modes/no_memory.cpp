#include "modes/no_memory.hpp"

#include <cerrno>
#include <new>

namespace fwatchdog {

Error no_memory_for(std::string_view what) { return Error::system(ENOMEM, "no memory for " + std::string(what)); }

Result<void> append_to_body(std::string& body, std::string_view piece) {
  try {
    body.append(piece);
  } catch (const std::bad_alloc&) {
    return no_memory_for("the request's body");
  }
  return {};
}

}  // namespace fwatchdog
