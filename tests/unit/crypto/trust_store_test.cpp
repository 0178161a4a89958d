#include "crypto/trust_store.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

using namespace fwatchdog;

namespace {

/// A file of its own, gone in the end.
class GivenFile {
 public:
  explicit GivenFile(const std::string& content) {
    char name[] = "/tmp/fwatchdog-test-XXXXXX";
    const int file = ::mkstemp(name);
    REQUIRE(file >= 0);
    REQUIRE(::write(file, content.data(), content.size()) == static_cast<ssize_t>(content.size()));
    ::close(file);
    path = name;
  }
  GivenFile(const GivenFile&) = delete;
  GivenFile& operator=(const GivenFile&) = delete;
  ~GivenFile() { std::remove(path.c_str()); }
  std::string path;
};

std::string refusal(const std::string& path) {
  const Result<TrustStore> store = TrustStore::load(path);
  REQUIRE_FALSE(store.ok());
  return store.error().text();
}

}  // namespace

TEST_CASE("files that hold no certificates are refused with their name") {
  CHECK(refusal("/no/such.pem") == "certificates of authorities, /no/such.pem: no such file or directory (set SSL_CERT_FILE)");
  CHECK(refusal("/tmp") == "certificates of authorities, /tmp: is no file (set SSL_CERT_FILE)");
  CHECK(refusal("/dev/zero") == "certificates of authorities, /dev/zero: is no file (set SSL_CERT_FILE)");
  for (const char* content :
       {"", "text\n", "-----BEGIN CERTIFICATE-----\n", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}) {
    const GivenFile file(content);
    CHECK(refusal(file.path) ==
          "certificates of authorities, " + file.path + ": no certificate in PEM form is in it (set SSL_CERT_FILE)");
  }
  const GivenFile large(std::string((4U << 20U) + 1, ' '));
  CHECK(refusal(large.path) == "certificates of authorities, " + large.path + ": is larger than 4 MiB (set SSL_CERT_FILE)");
}
