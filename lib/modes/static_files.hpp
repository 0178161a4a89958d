/// StaticFiles: the mode `static`, a file server for one folder (CONTRACT: static). It answers as Go's file server does, and
/// beyond that has entity tags, precompressed files, a page for 404 and a fallback for single-page applications.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/range.hpp"
#include "modes/mode_handler.hpp"
#include "modes/static_cache.hpp"
#include "modes/static_content.hpp"
#include "modes/static_path.hpp"
#include "modes/static_root.hpp"

namespace fwatchdog {

/// Every method but HEAD is answered as GET, and no body is read. Files are opened and read on the loop: they are taken to be
/// local.
class StaticFiles final : public ModeHandler {
 public:
  struct Options {
    std::string root;
    bool listing = true;        ///< list folders without index.html; else they are missing
    std::string not_found;      ///< a file below the root that is the body of a 404; empty: Go's text
    std::string fallback;       ///< a file below the root for GET and HEAD of missing paths without an extension; empty: none
    std::string cache_control;  ///< of answers with a file's content and their 304; empty: none
    /// Told why a request was answered with 500 or broken off: one line for the operator.
    std::function<void(std::string_view why)> report = [](std::string_view) {};
    StaticRoot::Method method = StaticRoot::Method::kernel;
  };

  explicit StaticFiles(Options options);

  /// Warns of a `root` that is no folder that can be served now. It may still appear later.
  void announce(Logger& logger) const override;
  Task<void> handle(Request& request, ResponseWriter& response) override;

 private:
  struct Found;
  struct Call;

  std::optional<StaticContent> find_known(const Request& request);
  Found find(const Request& request);
  Found find_in_folder(OpenedFile folder, const Target& target);
  Found find_replacement(const Request& request, Found missing);
  Found find_named(const std::string& name, int status);
  Found failure(const Error& error);

  Task<void> send_redirect(Call& call, const std::string& location);
  Task<void> send_error(Call& call, int status, std::string_view text);
  Task<void> send_empty(Call& call, int status);
  Task<void> send_listing(Call& call, OpenedFile folder);
  Task<void> send_file(Call& call, Found& found);
  Task<void> send_content(Call& call, const StaticContent& content);
  Task<void> send_part(Call& call, const StaticContent& content, ByteRange part);
  Task<void> send_ranges(Call& call, const StaticContent& content, std::string_view spec);
  Task<void> send_multipart(Call& call, const StaticContent& content, const std::vector<ByteRange>& ranges);
  Task<Result<void>> send_within(Call& call, const StaticContent& content, ByteRange part);
  void report_cut(Call& call, const Error& error);
  void add_validators(Call& call, const StaticContent& content);

  Options options_;
  StaticRoot root_;
  StaticCache cache_;
  StaticPath path_;   // of the request that is being looked up: nothing is awaited meanwhile
  std::string name_;  // the same
};

}  // namespace fwatchdog
