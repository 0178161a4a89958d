#include "crypto/trust_store.hpp"

#include <fcntl.h>
#include <mbedtls/version.h>
#include <mbedtls/x509_crt.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

#include "async/fd.hpp"

#if MBEDTLS_VERSION_MAJOR < 3
// The library's self test, which nobody calls, would bring 50 KB of certificates for tests along.
// NOLINTBEGIN(readability-identifier-naming): the library's names
extern "C" {
extern const char mbedtls_test_ca_crt[] = "";
extern const size_t mbedtls_test_ca_crt_len = 0;
extern const char mbedtls_test_cli_crt[] = "";
extern const size_t mbedtls_test_cli_crt_len = 0;
}
// NOLINTEND(readability-identifier-naming)
#endif

namespace fwatchdog {

namespace {

constexpr std::size_t kLargestFile = 4U << 20U;

// Debian, Ubuntu and Alpine; Fedora and its family; openSUSE; older and newer ones of them.
constexpr const char* kBundles[] = {
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
};

Error bad(const std::string& path, const std::string& why) {
  return Error(Errc::invalid, "certificates of authorities, " + path + ": " + why + " (set SSL_CERT_FILE)");
}

Result<std::string> read_file(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return bad(path, errno_text(errno));
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0) return bad(path, errno_text(errno));
  if (!S_ISREG(facts.st_mode)) return bad(path, "is no file");
  if (static_cast<std::size_t>(facts.st_size) > kLargestFile) return bad(path, "is larger than 4 MiB");
  std::string text(static_cast<std::size_t>(facts.st_size), '\0');
  for (std::size_t have = 0; have < text.size();) {
    const ssize_t got = ::read(file.get(), text.data() + have, text.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return bad(path, errno_text(errno));
    if (got == 0) text.resize(have);
    have += static_cast<std::size_t>(got);
  }
  return text;
}

std::string bundle_of_this_system() {
  for (const char* path : kBundles) {
    if (::access(path, R_OK) == 0) return path;
  }
  return {};
}

}  // namespace

void TrustStore::Free::operator()(mbedtls_x509_crt* certificates) const {
  mbedtls_x509_crt_free(certificates);
  delete certificates;
}

TrustStore::TrustStore(std::string path, std::unique_ptr<mbedtls_x509_crt, Free> certificates)
    : path_(std::move(path)), certificates_(std::move(certificates)) {}
TrustStore::TrustStore(TrustStore&&) noexcept = default;
TrustStore& TrustStore::operator=(TrustStore&&) noexcept = default;
TrustStore::~TrustStore() = default;

Result<TrustStore> TrustStore::load(const std::string& path) {
  std::string from = path.empty() ? bundle_of_this_system() : path;
  if (from.empty()) return Error(Errc::invalid, "this system has no file of certificates of authorities: set SSL_CERT_FILE");
  const Result<std::string> read = read_file(from);
  if (!read.ok()) return read.error();
  const std::string& text = *read;
  std::unique_ptr<mbedtls_x509_crt, Free> certificates(new mbedtls_x509_crt);
  mbedtls_x509_crt_init(certificates.get());
  // PEM is known by its terminating zero, which counts. What is returned is an error, or how many were not understood.
  (void)mbedtls_x509_crt_parse(certificates.get(), reinterpret_cast<const unsigned char*>(text.c_str()), text.size() + 1);
  if (certificates->raw.p == nullptr) return bad(from, "no certificate in PEM form is in it");
  return TrustStore(std::move(from), std::move(certificates));
}

}  // namespace fwatchdog
