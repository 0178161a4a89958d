#include "modes/mode_table.hpp"

#include "modes/buffered_fork.hpp"
#include "modes/cgi_host.hpp"
#include "modes/reverse_proxy.hpp"
#include "modes/static_files.hpp"
#include "modes/streaming_fork.hpp"

namespace fwatchdog {

namespace {

MadeMode make_streaming(const ModeParts& parts) {
  StreamedAnswer::Rules rules;
  rules.content_type = parts.settings.content_type;
  rules.head = parts.settings.cgi_response ? StreamedAnswer::Head::may_be : StreamedAnswer::Head::none;
  return MadeMode(std::make_unique<StreamingFork>(fork_context(parts), rules, parts.settings.marshal_request));
}

MadeMode make_serializing(const ModeParts& parts) {
  BufferedFork::Options options;
  options.rules = kSerializingRules;
  options.content_type = parts.settings.content_type;
  options.cgi_response = parts.settings.cgi_response;
  options.marshal_request = parts.settings.marshal_request;
  return MadeMode(std::make_unique<BufferedFork>(fork_context(parts), options));
}

MadeMode make_cgi(const ModeParts& parts) {
  const Settings& settings = parts.settings;
  return MadeMode(std::make_unique<CgiHost>(fork_context(parts), settings.content_type, settings.temporary_folder));
}

MadeMode make_http(const ModeParts& parts) {
  Result<UpstreamUrl> upstream = parse_upstream_url(parts.settings.upstream_url);
  if (!upstream.ok()) return upstream.error();
  ReverseProxy::Options options;
  options.upstream = std::move(*upstream);
  options.exec_timeout = parts.settings.exec_timeout;
  options.write_timeout = parts.settings.write_timeout;
  options.buffer_body = parts.settings.buffer_request_body;
  options.log_query = parts.settings.log_query;
  options.unhealthy_after = parts.settings.unhealthy_after;
  options.looks_for_upstream = parts.first;
  return MadeMode(std::make_unique<ReverseProxy>(parts.loop, parts.logger, options, parts.upstream));
}

MadeMode make_static(const ModeParts& parts) {
  StaticFiles::Options options;
  options.root = parts.settings.static_path;
  options.listing = parts.settings.static_listing;
  options.not_found = parts.settings.static_not_found;
  options.fallback = parts.settings.static_fallback;
  options.cache_control = parts.settings.static_cache_control;
  options.report = [&logger = parts.logger](std::string_view why) { logger.error("{}", why); };
  return MadeMode(std::make_unique<StaticFiles>(std::move(options)));
}

MadeMode make_inproc(const ModeParts&) {
  return Error(Errc::invalid,
               "mode=inproc is for programs that are linked with the library and a handler (fwatchdog.hpp), and this one has no "
               "handler: set mode to streaming, serializing, http, static or cgi");
}

}  // namespace

ModeRow row_of(Mode mode) {
  switch (mode) {
    case Mode::streaming: return ModeRow{make_streaming, true, false, false, false};
    case Mode::serializing: return ModeRow{make_serializing, true, false, false, false};
    case Mode::http: return ModeRow{make_http, true, true, true, true};
    case Mode::static_files: return ModeRow{make_static, false, false, false, false};
    case Mode::cgi: return ModeRow{make_cgi, true, false, false, false};
    case Mode::inproc: break;
  }
  return ModeRow{make_inproc, false, false, false, false};
}

}  // namespace fwatchdog
