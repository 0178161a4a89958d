#include "modes/static_files.hpp"

#include <cerrno>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "http/conditional.hpp"
#include "http/range.hpp"
#include "modes/static_listing.hpp"
#include "modes/static_ranges.hpp"

namespace fwatchdog {

namespace {

constexpr std::string_view kIndexPage = "/index.html";
constexpr std::string_view kText = "text/plain; charset=utf-8";

int status_of(const Error& error) {
  if (error.sys == ENOENT) return 404;
  return error.sys == EACCES || error.sys == EPERM ? 403 : 500;
}

std::string_view text_of(int status) {
  switch (status) {
    case 403: return "403 Forbidden\n";
    case 404: return "404 page not found\n";
    default: return "500 Internal Server Error\n";
  }
}

/// Go's relative redirect: the query is kept.
std::string with_query(std::string location, const Target& target) {
  if (!target.query.empty()) location.append("?").append(target.query);
  return location;
}

/// What a single-page application routes itself: a path whose last segment does not look like a file's name.
bool has_extension(std::string_view path) { return path.substr(path.rfind('/') + 1).find('.') != std::string_view::npos; }

bool reads(std::string_view method) { return method == "GET" || method == "HEAD"; }

}  // namespace

/// What a path leads to.
struct StaticFiles::Found {
  enum class Kind { file, folder, redirect, failure };

  Kind kind = Kind::failure;
  int status = 404;  ///< of the answer
  OpenedFile opened;
  std::string location;  ///< of a redirect

  Found() = default;
  explicit Found(int failure) : status(failure) {}
  Found(Kind kind_in, OpenedFile opened_in) : kind(kind_in), status(200), opened(std::move(opened_in)) {}
  explicit Found(std::string location_in) : kind(Kind::redirect), status(301), location(std::move(location_in)) {}
};

struct StaticFiles::Call {
  Request& request;
  ResponseWriter& response;

  bool is_head() const { return request.method == "HEAD"; }
};

StaticFiles::StaticFiles(Options options) : options_(std::move(options)), root_(options_.root, options_.method) {
  if (!options_.not_found.empty()) options_.not_found = name_below_root(options_.not_found);
  if (!options_.fallback.empty()) options_.fallback = name_below_root(options_.fallback);
}

void StaticFiles::announce(Logger& logger) const {
  if (const std::string why = root_.why_not_servable(); !why.empty()) logger.warning("Warning: {}", why);
  logger.info("Serving files at: {}", options_.root);
}

Task<void> StaticFiles::handle(Request& request, ResponseWriter& response) {
  Call call{request, response};
  if (const std::optional<StaticContent> known = find_known(request)) {
    co_await send_content(call, *known);
    co_return;
  }
  if (request.target.form == Target::Form::asterisk) {
    co_await send_empty(call, 200);  // as Go's server, for every handler
    co_return;
  }
  Found found = find(request);
  if (found.kind == Found::Kind::failure && found.status == 404) found = find_replacement(request, std::move(found));
  switch (found.kind) {
    case Found::Kind::file: co_await send_file(call, found); break;
    case Found::Kind::folder: co_await send_listing(call, std::move(found.opened)); break;
    case Found::Kind::redirect: co_await send_redirect(call, found.location); break;
    case Found::Kind::failure: co_await send_error(call, found.status, text_of(found.status)); break;
  }
}

/// What was sent before for this path. Assigns path_, whatever it finds.
std::optional<StaticContent> StaticFiles::find_known(const Request& request) {
  if (!path_.assign(request.target.path) || path_.decoded().ends_with(kIndexPage)) return std::nullopt;
  name_ = path_.name();
  if (path_.ends_with_slash()) name_ += kIndexPage;
  return cache_.find(root_, name_, request.begun);
}

/// Of path_. Leaves the name of a file in name_.
StaticFiles::Found StaticFiles::find(const Request& request) {
  const Target& target = request.target;
  if (path_.decoded().empty()) return Found(404);
  if (path_.decoded().ends_with(kIndexPage)) return Found(with_query("./", target));
  name_ = path_.name();
  Result<OpenedFile> opened = root_.open(name_, request.begun);
  if (!opened.ok()) return failure(opened.error());
  if (opened->facts.kind == FileFacts::Kind::folder) return find_in_folder(std::move(*opened), target);
  if (opened->facts.kind != FileFacts::Kind::regular) return Found(404);
  if (path_.ends_with_slash()) return Found(with_query("../" + relative_reference(path_.last_segment()), target));
  return Found(Found::Kind::file, std::move(*opened));
}

StaticFiles::Found StaticFiles::find_in_folder(OpenedFile folder, const Target& target) {
  const auto to_folder = [&] { return Found(with_query(relative_reference(std::string(path_.last_segment()) + "/"), target)); };
  if (!path_.ends_with_slash() && options_.listing) return to_folder();
  name_ += kIndexPage;
  Result<OpenedFile> index = root_.open_optional(name_);
  if (!index.ok() && status_of(index.error()) != 404) return failure(index.error());
  const bool has_index = index.ok() && index->facts.kind == FileFacts::Kind::regular;
  if (!has_index) return options_.listing ? Found(Found::Kind::folder, std::move(folder)) : Found(404);
  return path_.ends_with_slash() ? Found(Found::Kind::file, std::move(*index)) : to_folder();
}

StaticFiles::Found StaticFiles::failure(const Error& error) {
  const int status = status_of(error);
  if (status == 500) options_.report("serve " + name_ + ": " + error.text());
  return Found(status);
}

/// Instead of what is missing: the fallback, or the page for it.
StaticFiles::Found StaticFiles::find_replacement(const Request& request, Found missing) {
  const std::string_view path = path_.decoded();
  if (!options_.fallback.empty() && reads(request.method) && !path.empty() && !has_extension(path)) {
    Found fallback = find_named(options_.fallback, 200);
    if (fallback.kind == Found::Kind::file) return fallback;
  }
  if (options_.not_found.empty()) return missing;
  Found page = find_named(options_.not_found, 404);
  return page.kind == Found::Kind::file ? std::move(page) : std::move(missing);
}

StaticFiles::Found StaticFiles::find_named(const std::string& name, int status) {
  name_ = name;
  Result<OpenedFile> opened = root_.open_optional(name_);
  if (!opened.ok() || opened->facts.kind != FileFacts::Kind::regular) return Found(404);
  Found found(Found::Kind::file, std::move(*opened));
  found.status = status;
  return found;
}

// In all that follows: what became of the last write is not looked at, for where it failed the caller has left or the answer is
// cut off.

Task<void> StaticFiles::send_redirect(Call& call, const std::string& location) {
  call.response.set_status(301);
  call.response.add_field("Location", location);
  (void)co_await call.response.send(std::string_view());
}

Task<void> StaticFiles::send_error(Call& call, int status, std::string_view text) {
  call.response.set_status(status);
  call.response.add_field("Content-Type", kText);
  call.response.add_field("X-Content-Type-Options", "nosniff");
  (void)co_await call.response.send(text);
}

Task<void> StaticFiles::send_empty(Call& call, int status) {
  call.response.set_status(status);
  (void)co_await call.response.send(std::string_view());
}

Task<void> StaticFiles::send_listing(Call& call, OpenedFile folder) {
  // Of the conditions only those that spare the page count, as in Go.
  const Precondition condition =
      evaluate_preconditions(call.request.method, call.request.headers->all(), folder.facts.validators());
  const std::string changed = folder.facts.last_modified();
  if (!changed.empty()) call.response.add_field("Last-Modified", changed);
  if (condition == Precondition::not_modified) {
    co_await send_empty(call, 304);
    co_return;
  }
  Result<std::vector<FolderEntry>> entries = read_folder(std::move(folder.fd));
  if (!entries.ok()) {
    call.response.clear_fields();
    const Found failed = failure(entries.error());
    co_await send_error(call, failed.status, text_of(failed.status));
    co_return;
  }
  const std::string page = listing_page(*entries);
  call.response.add_field("Content-Type", "text/html; charset=utf-8");
  (void)co_await call.response.send(page);
}

Task<void> StaticFiles::send_file(Call& call, Found& found) {
  Result<StaticContent> loaded = StaticContent::load(root_, name_, std::move(found.opened), call.request.headers->all());
  if (!loaded.ok()) {
    const Found failed = failure(loaded.error());
    co_await send_error(call, failed.status, text_of(failed.status));
    co_return;
  }
  if (found.status == 200) {
    cache_.keep(name_, *loaded, call.request.begun);
    co_await send_content(call, *loaded);
    co_return;
  }
  // The page for what is missing: neither conditions nor ranges are about it.
  call.response.set_status(found.status);
  if (loaded->varies()) call.response.add_field("Vary", "Accept-Encoding");
  const ByteRange whole{0, loaded->size()};
  co_await send_part(call, *loaded, whole);
}

Task<void> StaticFiles::send_content(Call& call, const StaticContent& content) {
  const std::span<const Field> fields = call.request.headers->all();
  if (content.varies()) call.response.add_field("Vary", "Accept-Encoding");
  add_validators(call, content);
  const Precondition condition = evaluate_preconditions(call.request.method, fields, content.validators());
  if (condition != Precondition::proceed) {
    const int status = condition == Precondition::not_modified ? 304 : 412;
    co_await send_empty(call, status);
    co_return;
  }
  const auto range = call.request.headers->get("Range");
  if (range && range_applies(fields, content.validators())) {
    co_await send_ranges(call, content, *range);
    co_return;
  }
  call.response.add_field("Accept-Ranges", "bytes");
  const ByteRange whole{0, content.size()};
  co_await send_part(call, content, whole);
}

void StaticFiles::add_validators(Call& call, const StaticContent& content) {
  call.response.add_field("ETag", content.etag());
  if (!content.last_modified().empty()) call.response.add_field("Last-Modified", content.last_modified());
  if (!options_.cache_control.empty()) call.response.add_field("Cache-Control", options_.cache_control);
}

Task<void> StaticFiles::send_part(Call& call, const StaticContent& content, ByteRange part) {
  ResponseWriter& response = call.response;
  response.add_field("Content-Type", content.type());
  if (!content.coding().empty()) response.add_field("Content-Encoding", content.coding());
  const auto bytes = content.bytes();
  if (bytes && !call.is_head()) {
    const std::string_view piece = bytes->substr(part.first, part.length);
    const std::span<const std::string_view> body(&piece, 1);
    (void)co_await response.send(body);
    co_return;
  }
  response.begin(part.length);
  if (!call.is_head()) {
    Result<void> sent = co_await response.write_file(content.file(), part.first, part.length);
    if (!sent.ok()) {
      report_cut(call, sent.error());
      co_return;
    }
  }
  (void)co_await response.finish();
}

/// What broke an answer off, where that was not the caller.
void StaticFiles::report_cut(Call& call, const Error& error) {
  if (error.code != Errc::end_of_stream && error.sys != EIO) return;
  options_.report("serve " + std::string(call.request.target.path) + ": " + error.text());
}

Task<void> StaticFiles::send_ranges(Call& call, const StaticContent& content, std::string_view spec) {
  Result<std::vector<ByteRange>> ranges = parse_range(spec, content.size());
  if (!ranges.ok()) {
    call.response.clear_fields();
    call.response.add_field("Content-Range", content_range_unsatisfied(content.size()));
    if (content.varies()) call.response.add_field("Vary", "Accept-Encoding");
    const std::string text = ranges.error().what + "\n";
    co_await send_error(call, 416, text);
    co_return;
  }
  call.response.add_field("Accept-Ranges", "bytes");
  if (ranges->size() > 1) {
    co_await send_multipart(call, content, *ranges);
    co_return;
  }
  ByteRange part{0, content.size()};
  if (!ranges->empty()) {
    part = ranges->front();
    call.response.set_status(206);
    call.response.add_field("Content-Range", content_range(part, content.size()));
  }
  co_await send_part(call, content, part);
}

Task<void> StaticFiles::send_multipart(Call& call, const StaticContent& content, const std::vector<ByteRange>& ranges) {
  ResponseWriter& response = call.response;
  const MultipartRanges parts = multipart_ranges(ranges, content.size(), content.type(), random_boundary());
  response.set_status(206);
  response.add_field("Content-Type", parts.content_type);
  if (!content.coding().empty()) response.add_field("Content-Encoding", content.coding());
  response.begin(parts.length);
  for (std::size_t i = 0; i < ranges.size() && !call.is_head(); ++i) {
    Result<void> sent = co_await response.write(parts.heads[i]);
    if (!sent.ok()) co_return;
    sent = co_await send_within(call, content, ranges[i]);
    if (!sent.ok()) {
      report_cut(call, sent.error());
      co_return;
    }
  }
  if (!call.is_head()) {
    Result<void> sent = co_await response.write(parts.end);
    if (!sent.ok()) co_return;
  }
  (void)co_await response.finish();
}

/// A part of the content as a piece of a body that was begun.
Task<Result<void>> StaticFiles::send_within(Call& call, const StaticContent& content, ByteRange part) {
  if (const auto bytes = content.bytes()) co_return co_await call.response.write(bytes->substr(part.first, part.length));
  co_return co_await call.response.write_file(content.file(), part.first, part.length);
}

}  // namespace fwatchdog
