#include "modes/mode_table.hpp"

#include <algorithm>
#include <array>

#include "modes/buffered_fork.hpp"
#include "modes/reverse_proxy.hpp"
#include "modes/static_files.hpp"
#include "modes/streaming_fork.hpp"

namespace fwatchdog {

namespace {

using Made = Result<std::unique_ptr<ModeHandler>>;

ForkContext fork_context(const ModeParts& parts) {
  ForkContext context{parts.loop, parts.reaper, parts.logger, *parts.command, *parts.environment};
  context.exec_timeout = parts.settings.exec_timeout;
  context.log_query = parts.settings.log_query;
  context.log_line_length = parts.settings.log_buffer_size;
  return context;
}

Made make_streaming(const ModeParts& parts) {
  return Made(std::make_unique<StreamingFork>(fork_context(parts), parts.settings.content_type));
}

Made make_serializing(const ModeParts& parts) {
  BufferedFork::Options options;
  options.rules = kSerializingRules;
  options.content_type = parts.settings.content_type;
  return Made(std::make_unique<BufferedFork>(fork_context(parts), options));
}

Made make_http(const ModeParts& parts) {
  Result<UpstreamUrl> upstream = parse_upstream_url(parts.settings.upstream_url);
  if (!upstream.ok()) return upstream.error();
  ReverseProxy::Options options;
  options.upstream = std::move(*upstream);
  options.exec_timeout = parts.settings.exec_timeout;
  options.write_timeout = parts.settings.write_timeout;
  options.buffer_body = parts.settings.buffer_request_body;
  options.log_query = parts.settings.log_query;
  options.unhealthy_after = parts.settings.unhealthy_after;
  return Made(std::make_unique<ReverseProxy>(parts.loop, parts.logger, options));
}

Made make_static(const ModeParts& parts) {
  StaticFiles::Options options;
  options.root = parts.settings.static_path;
  options.listing = parts.settings.static_listing;
  options.not_found = parts.settings.static_not_found;
  options.fallback = parts.settings.static_fallback;
  options.cache_control = parts.settings.static_cache_control;
  options.report = [&logger = parts.logger](std::string_view why) { logger.error("{}", why); };
  if (const std::string why = StaticFiles::why_not_servable(options.root); !why.empty()) parts.logger.warning("Warning: {}", why);
  return Made(std::make_unique<StaticFiles>(std::move(options)));
}

Made make_inproc(const ModeParts&) {
  return Error(Errc::invalid,
               "mode=inproc needs a C++ handler linked into the program, and this one has none: "
               "set mode to streaming, serializing, http or static");
}

constexpr std::array kRows = {
    ModeRow{Mode::streaming, make_streaming, true, false, false, false},
    ModeRow{Mode::serializing, make_serializing, true, false, false, false},
    ModeRow{Mode::http, make_http, true, true, true, true},
    ModeRow{Mode::static_files, make_static, false, false, false, false},
    ModeRow{Mode::inproc, make_inproc, false, false, false, false},
};

}  // namespace

const ModeRow& row_of(Mode mode) {
  return *std::find_if(kRows.begin(), kRows.end() - 1, [mode](const ModeRow& row) { return row.mode == mode; });
}

}  // namespace fwatchdog
