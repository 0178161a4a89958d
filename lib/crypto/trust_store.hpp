/// TrustStore: the certificates of the authorities that servers are trusted by.
#pragma once

#include <memory>
#include <string>

#include "result.hpp"

/// Mbed TLS' own name.
struct mbedtls_x509_crt;

namespace fwatchdog {

class TrustStore {
 public:
  /// Reads a file of certificates in PEM form; one that cannot be understood is passed over, as bundles hold all kinds. `path`
  /// empty: the bundle of this system, where the usual distributions have it. Errors name the file, and SSL_CERT_FILE. Blocks:
  /// the file is local, small (at most 4 MiB) and read once a minute at most.
  static Result<TrustStore> load(const std::string& path);

  TrustStore(TrustStore&&) noexcept;
  TrustStore& operator=(TrustStore&&) noexcept;
  ~TrustStore();

  /// Where they come from.
  const std::string& path() const { return path_; }
  /// For TlsStream; lives as long as the store.
  mbedtls_x509_crt* certificates() const { return certificates_.get(); }

 private:
  struct Free {
    void operator()(mbedtls_x509_crt* certificates) const;
  };
  TrustStore(std::string path, std::unique_ptr<mbedtls_x509_crt, Free> certificates);

  std::string path_;
  std::unique_ptr<mbedtls_x509_crt, Free> certificates_;
};

}  // namespace fwatchdog
