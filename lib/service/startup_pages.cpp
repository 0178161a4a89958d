#include "service/startup_pages.hpp"

#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <span>

namespace fwatchdog {

namespace {

#ifdef NDEBUG
constexpr bool kReleases = true;
#else
constexpr bool kReleases = false;  // a debugger's breakpoints would go with the pages
#endif

/// Segments that nobody writes to are what the file holds; the other ones have been relocated.
void release_segment(const dl_phdr_info& program, const ElfW(Phdr) & segment, std::uintptr_t page) {
  if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) return;
  const std::uintptr_t begin = (program.dlpi_addr + segment.p_vaddr) & ~(page - 1);
  const std::uintptr_t end = program.dlpi_addr + segment.p_vaddr + segment.p_memsz;
  // The loader tells addresses as numbers. Where it cannot be, the pages stay.
  (void)::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);  // NOLINT(performance-no-int-to-ptr)
}

}  // namespace

void release_startup_pages() {
  if (!kReleases) return;
  (void)::dl_iterate_phdr(
      [](dl_phdr_info* program, std::size_t, void*) {
        const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
        for (const auto& segment : std::span(program->dlpi_phdr, program->dlpi_phnum)) release_segment(*program, segment, page);
        return 1;  // the first one is the program itself
      },
      nullptr);
}

}  // namespace fwatchdog
