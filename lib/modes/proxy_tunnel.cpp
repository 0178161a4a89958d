#include "modes/proxy_tunnel.hpp"

#include <chrono>
#include <memory>

#include "async/combine.hpp"

namespace fwatchdog {

namespace {

constexpr std::size_t kBufferSize = 16 * 1024;
/// How long the caller may say nothing once the function has ended its side.
constexpr auto kAfterFunction = std::chrono::seconds(2);

/// What both directions share.
class TunnelEnds {
 public:
  TunnelEnds(Loop& loop, Stream& caller, Stream& upstream, Nanoseconds silence)
      : caller_(caller), upstream_(upstream), silence_(silence), limit_(loop, [this] { close(); }) {}

  void close() {
    caller_.close();
    upstream_.close();
  }
  /// Bytes for `to` are written, for which it may take its time.
  void writes(const Stream& to) {
    if (&to == &upstream_) caller_is_silent_ = false;
    restart();
  }
  /// More of them are waited for.
  void reads(const Stream& to) {
    if (&to == &upstream_) caller_is_silent_ = true;
    restart();
  }
  void one_side_ended(Stream& other) {
    other.shutdown_write();
    one_ended_ = true;
    if (&other == &caller_) function_ended_ = true;
    restart();
  }

 private:
  /// The function may take its time for a caller that has said everything. The other way there is nobody to wait for, and the
  /// call's slot is not to be held by a caller that keeps its end open.
  void restart() {
    if (!one_ended_) return;
    const bool is_short = function_ended_ && caller_is_silent_ && (silence_ > kAfterFunction || silence_ == Nanoseconds::zero());
    const Nanoseconds limit = is_short ? Nanoseconds(kAfterFunction) : silence_;
    limit > Nanoseconds::zero() ? limit_.start(limit) : limit_.stop();
  }

  Stream& caller_;
  Stream& upstream_;
  const Nanoseconds silence_;
  bool one_ended_ = false;
  bool function_ended_ = false;
  bool caller_is_silent_ = true;
  Timer limit_;
};

Task<void> move_bytes(Stream& from, Stream& to, std::string_view first, TunnelEnds& ends) {
  const auto buffer = std::make_unique_for_overwrite<char[]>(kBufferSize);
  const std::span<char> room(buffer.get(), kBufferSize);
  std::string_view bytes = first;
  for (;;) {
    ends.writes(to);
    Result<void> written = co_await to.write(bytes);
    if (!written.ok()) break;
    ends.reads(to);
    Result<std::size_t> got = co_await from.read(room);
    if (!got.ok()) break;
    if (*got == 0) {
      ends.one_side_ended(to);
      co_return;
    }
    bytes = std::string_view(buffer.get(), *got);
  }
  ends.close();
}

}  // namespace

Task<void> run_tunnel(Loop& loop, const Tunnel& caller, ClientConnection& upstream, Nanoseconds silence, CancelToken token) {
  Stream& caller_stream = *caller.stream;
  Stream& upstream_stream = upstream.stream();
  TunnelEnds ends(loop, caller_stream, upstream_stream, silence);
  CancelHook hook(token, [&ends] { ends.close(); });
  co_await when_all(loop, move_bytes(caller_stream, upstream_stream, caller.early, ends),
                    move_bytes(upstream_stream, caller_stream, upstream.unread(), ends));
}

}  // namespace fwatchdog
