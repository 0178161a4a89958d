// Linked into the static programs. The C++ library prints the type of an exception that nobody caught, and brings a demangler of
// 47 KB along for its name. Such an exception is a bug, and its name as the ABI has it is enough to find it.
#include <cstddef>

/// In the place of `__cxa_demangle` (Itanium C++ ABI, 3.4).
extern "C" char* fwatchdog_no_demangled_name(const char*, char*, std::size_t*, int* status) __asm__("__cxa_demangle");

char* fwatchdog_no_demangled_name(const char*, char*, std::size_t*, int* status) {
  constexpr int kNotDemangled = -2;
  if (status != nullptr) *status = kNotDemangled;
  return nullptr;
}
