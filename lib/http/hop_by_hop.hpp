/// Which fields of a message end at this hop (RFC 9110 7.6.1, CONTRACT: http mode).
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "http/headers.hpp"

namespace fwatchdog {

/// Built once from the fields of a message, then asked about each of them before it is forwarded.
/// Dropped are the fields that belong to the connection (Connection, Keep-Alive, Proxy-Connection, Proxy-Authenticate,
/// Proxy-Authorization, Proxy-Authentication-Info, TE, Transfer-Encoding, Upgrade) and those that a Connection field names. Not
/// Trailer, which describes the content.
///
/// A nomination is ignored where the field is meant for the receiver of the content: framing, routing, content, credentials,
/// conditions and what trusted proxies add (Forwarded, X-Forwarded-*, X-Real-IP, X-Call-Id). RFC 9110 7.6.1 forbids senders to
/// name such fields, and a caller who could strip them would change whom the function believes it is talking to.
///
/// Allocates nothing unless a Connection field names a field that is not in either list.
class HopByHop {
 public:
  /// What becomes of Upgrade. When it is kept (a tunnel is asked for), the caller writes `Connection: Upgrade` itself.
  enum class Upgrade { dropped, kept };

  /// The nominations are views into `fields`, whose text must outlive this object.
  explicit HopByHop(std::span<const Field> fields, Upgrade upgrade = Upgrade::dropped);

  /// True when a field of that name must not be forwarded.
  bool drops(std::string_view name) const;

  /// True when the sender's TE accepts trailers. TE is dropped; a proxy that passes trailers on then writes `TE: trailers`
  /// itself.
  bool accepts_trailers() const { return accepts_trailers_; }

 private:
  void nominate(std::string_view list);

  Upgrade upgrade_;
  bool accepts_trailers_ = false;
  std::vector<std::string_view> nominated_;  // sorted, as a hostile head can name a hundred thousand fields
};

/// As HopByHop::drops(), for one question about one message.
bool is_hop_by_hop(std::string_view name, std::span<const Field> fields);

}  // namespace fwatchdog
