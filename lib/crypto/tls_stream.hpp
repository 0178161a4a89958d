/// TlsStream: the client's side of TLS over a Stream. Mbed TLS gets bytes and gives bytes; reading and writing them is ours, so a
/// handshake waits, and ends, like everything else on the loop.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "async/stream.hpp"
#include "crypto/trust_store.hpp"

namespace fwatchdog {

class TlsStream final : public Source, public Sink {
 public:
  /// `host`: the name that the server's certificate must have. Both references must outlive this object.
  TlsStream(Stream& stream, const TrustStore& trust, std::string host);
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;
  ~TlsStream() override;

  /// Before anything else. TLS 1.2 at least; the certificate must be valid now, for the host, and be signed by an authority of
  /// the store: Errc::invalid says in words what of that does not hold. Closing the stream ends it with Errc::cancelled.
  Task<Result<void>> handshake();

  /// The next piece; empty when the server has ended the connection in the way of TLS. Errc::end_of_stream when it was cut off.
  Task<Result<std::string_view>> read() override;
  Task<Result<void>> write(std::string_view bytes) override;

 private:
  struct Session;
  Task<Result<void>> exchange(int status);
  Error failure(int status) const;
  std::string verdict() const;

  Stream& stream_;
  const TrustStore& trust_;
  std::string host_;
  std::unique_ptr<Session> session_;
};

}  // namespace fwatchdog
