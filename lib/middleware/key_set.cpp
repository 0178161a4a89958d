#include "middleware/key_set.hpp"

#include <algorithm>
#include <utility>

#include "crypto/base64url.hpp"
#include "middleware/json.hpp"

namespace fwatchdog {

namespace {

std::string bytes_of(JsonValue value) { return decode_base64url(value.text().value_or("")).value_or(std::string()); }

Result<PublicKey> public_key_of(JsonValue key) {
  const auto type = key.member("kty").text().value_or("");
  if (type == "RSA") return PublicKey::rsa(bytes_of(key.member("n")), bytes_of(key.member("e")));
  if (type != "EC") return Error(Errc::unsupported, "a type that is neither RSA nor EC");
  const auto curve = key.member("crv").text().value_or("");
  return PublicKey::elliptic(curve, bytes_of(key.member("x")), bytes_of(key.member("y")));
}

/// RFC 7517 4.2 and 4.3.
bool is_for_signatures(JsonValue key) {
  const JsonValue use = key.member("use");
  if (!use.missing() && use.text() != "sig") return false;
  const JsonValue operations = key.member("key_ops");
  if (operations.missing()) return true;
  for (std::size_t i = 0; i < operations.size(); ++i) {
    if (operations.at(i).text() == "verify") return true;
  }
  return false;
}

Result<SigningKey> signing_key_of(JsonValue key) {
  const auto id = key.member("kid").text();
  if (!id) return Error(Errc::invalid, "no kid");
  if (!is_for_signatures(key)) return Error(Errc::unsupported, "not for signatures");
  Result<PublicKey> made = public_key_of(key);
  if (!made.ok()) return std::move(made.error());
  SigningKey signing(std::string(*id), std::move(*made));
  const JsonValue algorithm = key.member("alg");
  if (algorithm.missing()) return signing;
  signing.algorithm = signature_algorithm(algorithm.text().value_or(""));
  if (!signing.algorithm || !signing.key.fits(*signing.algorithm))
    return Error(Errc::unsupported, "an alg that is not for its type");
  return signing;
}

}  // namespace

bool SigningKey::allows(SignatureAlgorithm wanted) const { return key.fits(wanted) && (!algorithm || algorithm == wanted); }

Result<KeySet> KeySet::parse(std::string_view json) {
  const Result<Json> parsed = Json::parse(json);
  if (!parsed.ok()) return parsed.error();
  const JsonValue list = parsed->root().member("keys");
  if (!list.is_list()) return Error(Errc::invalid, "no list \"keys\" is in it");
  KeySet set;
  for (std::size_t i = 0; i < list.size(); ++i) {
    Result<SigningKey> key = signing_key_of(list.at(i));
    if (key.ok()) {
      set.keys_.push_back(std::move(*key));
      continue;
    }
    const auto id = list.at(i).member("kid").text();
    set.passed_over_.push_back(std::string(id.value_or("key " + std::to_string(i + 1))) + ": " + key.error().what);
  }
  return set;
}

bool KeySet::has(std::string_view id) const {
  return std::any_of(keys_.begin(), keys_.end(), [id](const SigningKey& key) { return key.id == id; });
}

const SigningKey* KeySet::find(std::string_view id, SignatureAlgorithm algorithm) const {
  const auto found =
      std::find_if(keys_.begin(), keys_.end(), [&](const SigningKey& key) { return key.id == id && key.allows(algorithm); });
  return found == keys_.end() ? nullptr : &*found;
}

}  // namespace fwatchdog
