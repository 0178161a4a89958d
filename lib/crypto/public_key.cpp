#include "crypto/public_key.hpp"

#include <mbedtls/ecdsa.h>
#include <mbedtls/ecp.h>
#include <mbedtls/md.h>
#include <mbedtls/pk.h>
#include <mbedtls/rsa.h>

#include <array>
#include <cstddef>
#include <string>

namespace fwatchdog {

namespace {

enum class Family { rsa_pkcs1, rsa_pss, ecdsa };

/// One row for each algorithm, in the order of the enumeration.
struct Row {
  std::string_view name;
  Family family;
  mbedtls_md_type_t hash;
  mbedtls_ecp_group_id curve;
};
constexpr Row kRows[] = {
    {"RS256", Family::rsa_pkcs1, MBEDTLS_MD_SHA256, MBEDTLS_ECP_DP_NONE},
    {"RS384", Family::rsa_pkcs1, MBEDTLS_MD_SHA384, MBEDTLS_ECP_DP_NONE},
    {"RS512", Family::rsa_pkcs1, MBEDTLS_MD_SHA512, MBEDTLS_ECP_DP_NONE},
    {"PS256", Family::rsa_pss, MBEDTLS_MD_SHA256, MBEDTLS_ECP_DP_NONE},
    {"PS384", Family::rsa_pss, MBEDTLS_MD_SHA384, MBEDTLS_ECP_DP_NONE},
    {"PS512", Family::rsa_pss, MBEDTLS_MD_SHA512, MBEDTLS_ECP_DP_NONE},
    {"ES256", Family::ecdsa, MBEDTLS_MD_SHA256, MBEDTLS_ECP_DP_SECP256R1},
    {"ES384", Family::ecdsa, MBEDTLS_MD_SHA384, MBEDTLS_ECP_DP_SECP384R1},
    {"ES512", Family::ecdsa, MBEDTLS_MD_SHA512, MBEDTLS_ECP_DP_SECP521R1},
};

const Row& row_of(SignatureAlgorithm algorithm) { return kRows[static_cast<std::size_t>(algorithm)]; }

struct Curve {
  std::string_view name;
  mbedtls_ecp_group_id id;
  std::size_t size;  ///< bytes of a coordinate, and of each half of a signature
};
constexpr Curve kCurves[] = {
    {"P-256", MBEDTLS_ECP_DP_SECP256R1, 32},
    {"P-384", MBEDTLS_ECP_DP_SECP384R1, 48},
    {"P-521", MBEDTLS_ECP_DP_SECP521R1, 66},
};

constexpr std::size_t kSmallestModulus = 2048 / 8;
constexpr std::size_t kLargestModulus = 8192 / 8;
constexpr std::size_t kLargestExponent = 8;

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string_view without_leading_zeros(std::string_view number) {
  while (!number.empty() && number.front() == '\0') number.remove_prefix(1);
  return number;
}

/// A number that is freed.
class Number {
 public:
  Number() { mbedtls_mpi_init(&value_); }
  Number(const Number&) = delete;
  Number& operator=(const Number&) = delete;
  ~Number() { mbedtls_mpi_free(&value_); }
  bool read(std::string_view from) { return mbedtls_mpi_read_binary(&value_, bytes(from), from.size()) == 0; }
  const mbedtls_mpi* get() const { return &value_; }

 private:
  mbedtls_mpi value_;
};

}  // namespace

std::optional<SignatureAlgorithm> signature_algorithm(std::string_view name) {
  for (std::size_t i = 0; i < std::size(kRows); ++i) {
    if (kRows[i].name == name) return static_cast<SignatureAlgorithm>(i);
  }
  return std::nullopt;
}

/// Either an RSA key, or a point on a curve.
struct PublicKey::Impl {
  Impl() {
    mbedtls_pk_init(&rsa);
    mbedtls_ecp_group_init(&group);
    mbedtls_ecp_point_init(&point);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    mbedtls_pk_free(&rsa);
    mbedtls_ecp_group_free(&group);
    mbedtls_ecp_point_free(&point);
  }

  bool verifies_rsa(const Row& row, std::string_view hash, std::string_view signature);
  bool verifies_ecdsa(std::string_view hash, std::string_view signature);

  mbedtls_pk_context rsa;
  mbedtls_ecp_group group;
  mbedtls_ecp_point point;
  const Curve* curve = nullptr;  // null: an RSA key
};

PublicKey::PublicKey(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PublicKey::PublicKey(PublicKey&&) noexcept = default;
PublicKey& PublicKey::operator=(PublicKey&&) noexcept = default;
PublicKey::~PublicKey() = default;

Result<PublicKey> PublicKey::rsa(std::string_view modulus, std::string_view exponent) {
  modulus = without_leading_zeros(modulus);
  exponent = without_leading_zeros(exponent);
  if (modulus.size() < kSmallestModulus) return Error(Errc::invalid, "an RSA key of less than 2048 bits");
  if (modulus.size() > kLargestModulus) return Error(Errc::invalid, "an RSA key of more than 8192 bits");
  if (exponent.empty() || exponent.size() > kLargestExponent) return Error(Errc::invalid, "no exponent of an RSA key");
  auto impl = std::make_unique<Impl>();
  bool good = mbedtls_pk_setup(&impl->rsa, mbedtls_pk_info_from_type(MBEDTLS_PK_RSA)) == 0;
  if (good) {
    mbedtls_rsa_context* key = mbedtls_pk_rsa(impl->rsa);
    good = mbedtls_rsa_import_raw(key, bytes(modulus), modulus.size(), nullptr, 0, nullptr, 0, nullptr, 0, bytes(exponent),
                                  exponent.size()) == 0 &&
           mbedtls_rsa_complete(key) == 0 && mbedtls_rsa_check_pubkey(key) == 0;
  }
  if (!good) return Error(Errc::invalid, "no RSA key");
  return PublicKey(std::move(impl));
}

Result<PublicKey> PublicKey::elliptic(std::string_view curve, std::string_view x, std::string_view y) {
  for (const Curve& known : kCurves) {
    if (known.name != curve) continue;
    if (x.size() != known.size || y.size() != known.size) return Error(Errc::invalid, "coordinates of another curve's size");
    auto impl = std::make_unique<Impl>();
    impl->curve = &known;
    const std::string uncompressed = "\x04" + std::string(x) + std::string(y);
    const bool good = mbedtls_ecp_group_load(&impl->group, known.id) == 0 &&
                      mbedtls_ecp_point_read_binary(&impl->group, &impl->point, bytes(uncompressed), uncompressed.size()) == 0 &&
                      mbedtls_ecp_check_pubkey(&impl->group, &impl->point) == 0;
    if (!good) return Error(Errc::invalid, "a point that is not on its curve");
    return PublicKey(std::move(impl));
  }
  return Error(Errc::unsupported, "a curve that is none of P-256, P-384, P-521");
}

bool PublicKey::fits(SignatureAlgorithm algorithm) const {
  const Row& row = row_of(algorithm);
  if (impl_->curve == nullptr) return row.family != Family::ecdsa;
  return row.family == Family::ecdsa && row.curve == impl_->curve->id;
}

bool PublicKey::verifies(SignatureAlgorithm algorithm, std::string_view message, std::string_view signature) const {
  if (!fits(algorithm)) return false;
  const Row& row = row_of(algorithm);
  std::array<unsigned char, MBEDTLS_MD_MAX_SIZE> room{};
  const mbedtls_md_info_t* kind = mbedtls_md_info_from_type(row.hash);
  if (kind == nullptr || mbedtls_md(kind, bytes(message), message.size(), room.data()) != 0) return false;
  const std::string_view hash(reinterpret_cast<const char*>(room.data()), mbedtls_md_get_size(kind));
  return impl_->curve == nullptr ? impl_->verifies_rsa(row, hash, signature) : impl_->verifies_ecdsa(hash, signature);
}

bool PublicKey::Impl::verifies_rsa(const Row& row, std::string_view hash, std::string_view signature) {
  if (signature.size() != mbedtls_rsa_get_len(mbedtls_pk_rsa(rsa))) return false;
  if (row.family == Family::rsa_pkcs1)
    return mbedtls_pk_verify(&rsa, row.hash, bytes(hash), hash.size(), bytes(signature), signature.size()) == 0;
  // RFC 7518 3.5: the salt has the hash's size.
  const mbedtls_pk_rsassa_pss_options options{row.hash, static_cast<int>(hash.size())};
  return mbedtls_pk_verify_ext(MBEDTLS_PK_RSASSA_PSS, &options, &rsa, row.hash, bytes(hash), hash.size(), bytes(signature),
                               signature.size()) == 0;
}

bool PublicKey::Impl::verifies_ecdsa(std::string_view hash, std::string_view signature) {
  // RFC 7518 3.4: both numbers one after the other, each with the curve's size.
  if (signature.size() != 2 * curve->size) return false;
  Number r;
  Number s;
  if (!r.read(signature.substr(0, curve->size)) || !s.read(signature.substr(curve->size))) return false;
  return mbedtls_ecdsa_verify(&group, bytes(hash), hash.size(), &point, r.get(), s.get()) == 0;
}

}  // namespace fwatchdog
