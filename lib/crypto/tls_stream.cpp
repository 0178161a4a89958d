#include "crypto/tls_stream.hpp"

#include <arpa/inet.h>
#include <mbedtls/ssl.h>
#include <mbedtls/version.h>
#include <mbedtls/x509_crt.h>
#include <netinet/in.h>
#include <sys/random.h>
#if MBEDTLS_VERSION_MAJOR >= 3
#include <psa/crypto.h>
#endif

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>

namespace fwatchdog {

namespace {

constexpr std::size_t kPiece = 16 * 1024;  // the largest record of TLS

/// The kernel's random numbers, which need no seed of ours.
int random_bytes(void*, unsigned char* into, std::size_t size) {
  while (size > 0) {
    const ssize_t got = ::getrandom(into, size, 0);
    if (got <= 0) return -1;
    into += got;
    size -= static_cast<std::size_t>(got);
  }
  return 0;
}

std::string hexadecimal(int status) {
  std::array<char, 16> text{};
  (void)std::snprintf(text.data(), text.size(), "-0x%04x", static_cast<unsigned>(-status));
  return text.data();
}

/// The bytes of an address (RFC 5280 4.2.1.6: four, or sixteen), none where `host` is a name.
std::string address_bytes(const std::string& host) {
  std::array<char, sizeof(in6_addr)> bytes{};
  if (::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1) return std::string(bytes.data(), sizeof(in_addr));
  if (::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1) return std::string(bytes.data(), sizeof(in6_addr));
  return {};
}

/// A certificate may be for an address, of which versions of the library before 3.5 know nothing: their verdict on the name is
/// taken back where it is one that the certificate has. `address`: a string of its bytes.
int forgive_address(void* address, mbedtls_x509_crt* certificate, int depth, std::uint32_t* flags) {
  constexpr int kIpAddress = MBEDTLS_ASN1_CONTEXT_SPECIFIC | 7;
  const std::string& wanted = *static_cast<std::string*>(address);
  if (depth != 0 || wanted.empty()) return 0;
  for (const mbedtls_x509_sequence* name = &certificate->subject_alt_names; name != nullptr; name = name->next) {
    const std::string_view bytes(reinterpret_cast<const char*>(name->buf.p), name->buf.len);
    if (name->buf.tag == kIpAddress && bytes == wanted) *flags &= ~static_cast<std::uint32_t>(MBEDTLS_X509_BADCERT_CN_MISMATCH);
  }
  return 0;
}

}  // namespace

/// The library's state, and the bytes between it and the stream.
struct TlsStream::Session {
  Session() {
    mbedtls_ssl_init(&ssl);
    mbedtls_ssl_config_init(&config);
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() {
    mbedtls_ssl_free(&ssl);
    mbedtls_ssl_config_free(&config);
  }

  int set_up(const TrustStore& trust, const std::string& host);

  static int send(void* self, const unsigned char* bytes, std::size_t size) {
    static_cast<Session*>(self)->out.append(reinterpret_cast<const char*>(bytes), size);
    return static_cast<int>(size);
  }
  static int receive(void* self, unsigned char* into, std::size_t size) {
    auto& session = *static_cast<Session*>(self);
    if (session.in.empty()) return session.ended ? 0 : MBEDTLS_ERR_SSL_WANT_READ;
    const std::size_t count = std::min(size, session.in.size());
    std::memcpy(into, session.in.data(), count);
    session.in.remove_prefix(count);
    return static_cast<int>(count);
  }

  mbedtls_ssl_context ssl;
  mbedtls_ssl_config config;
  std::array<char, kPiece> cipher_text;
  std::array<char, kPiece> plain_text;
  std::string_view in;  // of cipher_text: not yet taken
  std::string out;
  std::string address;  // of the server, where the URL has one and no name
  bool ended = false;   // the stream was read to its end
};

int TlsStream::Session::set_up(const TrustStore& trust, const std::string& host) {
#if MBEDTLS_VERSION_MAJOR >= 3
  if (psa_crypto_init() != PSA_SUCCESS) return MBEDTLS_ERR_SSL_INTERNAL_ERROR;  // TLS 1.3 stands on it
#endif
  int status =
      mbedtls_ssl_config_defaults(&config, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
  if (status != 0) return status;
#if MBEDTLS_VERSION_MAJOR < 3
  mbedtls_ssl_conf_min_version(&config, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
#endif
  mbedtls_ssl_conf_authmode(&config, MBEDTLS_SSL_VERIFY_REQUIRED);
  mbedtls_ssl_conf_ca_chain(&config, trust.certificates(), nullptr);
  mbedtls_ssl_conf_rng(&config, random_bytes, nullptr);
  address = address_bytes(host);
  mbedtls_ssl_conf_verify(&config, forgive_address, &address);
  status = mbedtls_ssl_setup(&ssl, &config);
  if (status != 0) return status;
  mbedtls_ssl_set_bio(&ssl, this, send, receive, nullptr);
  return mbedtls_ssl_set_hostname(&ssl, host.c_str());
}

TlsStream::TlsStream(Stream& stream, const TrustStore& trust, std::string host)
    : stream_(stream), trust_(trust), host_(std::move(host)), session_(std::make_unique<Session>()) {}
TlsStream::~TlsStream() = default;

/// After each step of the library: sends what it wrote, and reads where it wants to.
Task<Result<void>> TlsStream::exchange(int status) {
  Session& session = *session_;
  if (!session.out.empty()) {
    const std::string sending = std::exchange(session.out, std::string());
    Result<void> sent = co_await stream_.write(sending);
    // A server that refuses has said why before it closed.
    if (!sent.ok() && status != MBEDTLS_ERR_SSL_WANT_READ) co_return sent;
  }
  if (status != MBEDTLS_ERR_SSL_WANT_READ) co_return Result<void>();
  const std::span<char> room(session.cipher_text);
  Result<std::size_t> got = co_await stream_.read(room);
  if (!got.ok()) co_return got.error();
  session.in = std::string_view(session.cipher_text.data(), *got);
  session.ended = *got == 0;
  co_return Result<void>();
}

Task<Result<void>> TlsStream::handshake() {
  int status = session_->set_up(trust_, host_);
  if (status != 0) co_return failure(status);
  do {
    status = mbedtls_ssl_handshake(&session_->ssl);
    Result<void> exchanged = co_await exchange(status);
    if (status != 0 && status != MBEDTLS_ERR_SSL_WANT_READ) co_return failure(status);
    if (!exchanged.ok()) co_return exchanged;
  } while (status != 0);
  co_return Result<void>();
}

Task<Result<std::string_view>> TlsStream::read() {
  Session& session = *session_;
  auto* into = reinterpret_cast<unsigned char*>(session.plain_text.data());
  for (;;) {
    const int status = mbedtls_ssl_read(&session.ssl, into, session.plain_text.size());
    if (status > 0) co_return std::string_view(session.plain_text.data(), static_cast<std::size_t>(status));
    if (status == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) co_return std::string_view();
    if (status == 0 || status == MBEDTLS_ERR_SSL_CONN_EOF) co_return Error(Errc::end_of_stream, "TLS");
    Result<void> exchanged = co_await exchange(status);
    if (!exchanged.ok()) co_return exchanged.error();
    bool goes_on = status == MBEDTLS_ERR_SSL_WANT_READ;
#ifdef MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET
    goes_on = goes_on || status == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET;
#endif
    if (!goes_on) co_return failure(status);
  }
}

Task<Result<void>> TlsStream::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const int status = mbedtls_ssl_write(&session_->ssl, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    Result<void> exchanged = co_await exchange(status);
    if (!exchanged.ok()) co_return exchanged;
    if (status > 0) bytes.remove_prefix(static_cast<std::size_t>(status));
    if (status <= 0 && status != MBEDTLS_ERR_SSL_WANT_READ) co_return failure(status);
  }
  co_return Result<void>();
}

Error TlsStream::failure(int status) const {
  switch (status) {
    case MBEDTLS_ERR_X509_CERT_VERIFY_FAILED: return Error(Errc::invalid, verdict());
    case 0:
    case MBEDTLS_ERR_SSL_CONN_EOF: return Error(Errc::end_of_stream, "TLS handshake");
    case MBEDTLS_ERR_SSL_INVALID_RECORD: return Error(Errc::invalid, "TLS handshake: the server does not speak TLS");
    case MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE: return Error(Errc::invalid, "TLS handshake: the server refuses it");
    default: return Error(Errc::invalid, "TLS error " + hexadecimal(status));
  }
}

std::string TlsStream::verdict() const {
  const std::uint32_t flags = mbedtls_ssl_get_verify_result(&session_->ssl);
  struct Reason {
    std::uint32_t flag;
    std::string text;
  };
  const Reason reasons[] = {
      {MBEDTLS_X509_BADCERT_EXPIRED, "has expired"},
      {MBEDTLS_X509_BADCERT_FUTURE, "is not valid yet"},
      {MBEDTLS_X509_BADCERT_CN_MISMATCH, "is for another name than " + host_},
      {MBEDTLS_X509_BADCERT_NOT_TRUSTED, "is signed by no authority in " + trust_.path() + " (SSL_CERT_FILE names another file)"},
      {MBEDTLS_X509_BADCERT_BAD_MD | MBEDTLS_X509_BADCERT_BAD_PK | MBEDTLS_X509_BADCERT_BAD_KEY,
       "has a key or a signature that is too weak"},
      {MBEDTLS_X509_BADCERT_KEY_USAGE | MBEDTLS_X509_BADCERT_EXT_KEY_USAGE | MBEDTLS_X509_BADCERT_NS_CERT_TYPE,
       "is not for servers"},
  };
  std::string text;
  for (const Reason& reason : reasons) {
    if ((flags & reason.flag) != 0) text += (text.empty() ? "the server's certificate " : ", ") + reason.text;
  }
  return text.empty() ? "the server's certificate is not valid" : text;
}

}  // namespace fwatchdog
