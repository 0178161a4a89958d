#include "middleware/web_fetch.hpp"

#include <fmt/format.h>

#include "async/connect.hpp"
#include "async/stream.hpp"
#include "async/timer.hpp"
#include "crypto/tls_stream.hpp"
#include "http/web_url.hpp"
#include "http/whole_answer.hpp"

namespace fwatchdog {

namespace {

constexpr std::size_t kReadBuffer = 16 * 1024;

Task<Result<WholeAnswer>> get_plain(Stream& stream, const WebUrl& url) {
  StreamSource source(stream, kReadBuffer);
  co_return co_await get_whole(source, stream, url.authority, url.target, kMaxFetchedBytes);
}

Task<Result<WholeAnswer>> get_over_tls(Stream& stream, const WebUrl& url, const std::string& certificate_file) {
  const Result<TrustStore> trust = TrustStore::load(certificate_file);
  if (!trust.ok()) co_return trust.error();
  TlsStream tls(stream, *trust, url.endpoint.host);
  Result<void> shaken = co_await tls.handshake();
  if (!shaken.ok()) co_return shaken.error();
  co_return co_await get_whole(tls, tls, url.authority, url.target, kMaxFetchedBytes);
}

Task<Result<WholeAnswer>> get(Loop& loop, const WebUrl& url, const std::string& certificate_file, CancelToken token) {
  Result<std::vector<SocketAddress>> addresses = co_await resolve(loop, url.endpoint, token);
  if (!addresses.ok()) co_return addresses.error();
  Result<Fd> socket = co_await connect_to(loop, *addresses, url.endpoint, token);
  if (!socket.ok()) co_return socket.error();
  Stream stream(loop, std::move(*socket));
  CancelHook hook(token, [&stream] { stream.close(); });
  if (url.tls) co_return co_await get_over_tls(stream, url, certificate_file);
  co_return co_await get_plain(stream, url);
}

bool is_redirect(int status) { return status == 301 || status == 302 || status == 303 || status == 307 || status == 308; }

/// The whole of it, redirects included. `url` is in the end the one that answered.
Task<Result<std::string>> follow(Loop& loop, WebUrl& url, const std::string& certificate_file, CancelToken token) {
  for (int redirects = 0;; ++redirects) {
    Result<WholeAnswer> answer = co_await get(loop, url, certificate_file, token);
    if (!answer.ok()) co_return answer.error();
    if (answer->status == 200) co_return std::move(answer->body);
    if (!is_redirect(answer->status)) co_return Error(Errc::invalid, fmt::format("status code: {}", answer->status));
    if (redirects == kMaxRedirects) co_return Error(Errc::invalid, "too many redirects");
    Result<WebUrl> next = follow_redirect(url, answer->location);
    if (!next.ok()) co_return next.error();
    url = std::move(*next);
  }
}

}  // namespace

Task<Result<std::string>> fetch(Loop& loop, const std::string& url, const std::string& certificate_file, CancelToken token) {
  Result<WebUrl> place = parse_web_url(url);
  if (!place.ok()) co_return place.error();
  CancelSource ending;
  const auto end = [&ending, token] { ending.request(token.reason()); };
  CancelHook hook(token, end);
  Deadline limit(loop, kFetchLimit, ending);
  Result<std::string> body = co_await follow(loop, *place, certificate_file, CancelToken(ending));
  if (body.ok()) co_return body;
  if (token.requested()) co_return Error(Errc::cancelled, place->text());
  if (limit.passed())
    co_return Error(Errc::invalid, fmt::format("{}: no answer within {} seconds", place->text(), kFetchLimit.count()));
  co_return Error(Errc::invalid, place->text() + ": " + body.error().text());
}

}  // namespace fwatchdog
