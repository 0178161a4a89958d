/// Another parser's view of the same bytes: llhttp in its strict mode, which stands behind Node and others. What we accept must
/// not be other messages to it.
#pragma once

#include <llhttp.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/head_parser.hpp"
#include "http/status.hpp"

namespace fwatchdog::fuzz {

/// The bodies of the messages that were whole to it, up to the first one that it refused.
class OtherParser {
 public:
  /// `skips_body`: of an answer to HEAD.
  explicit OtherParser(HeadParser::Kind kind, bool skips_body = false) : skips_body_(skips_body) {
    llhttp_init(&parser_, kind == HeadParser::Kind::request ? HTTP_REQUEST : HTTP_RESPONSE, &callbacks());
    parser_.data = this;
  }

  /// `bytes`: all that the sender says.
  std::vector<std::string> bodies(std::string_view bytes) {
    // Before llhttp itself stops, as it does where a connection leaves HTTP, what follows is no message.
    if (llhttp_execute(&parser_, bytes.data(), bytes.size()) == HPE_OK) llhttp_finish(&parser_);
    return std::move(bodies_);
  }

 private:
  static OtherParser& of(llhttp_t* parser) { return *static_cast<OtherParser*>(parser->data); }

  static const llhttp_settings_t& callbacks() {
    static const llhttp_settings_t settings = [] {
      llhttp_settings_t made;
      llhttp_settings_init(&made);
      // llhttp leaves it to its users to know which answers have no body.
      made.on_headers_complete = [](llhttp_t* parser) {
        const bool bodiless = parser->type == HTTP_RESPONSE && !allows_body(parser->status_code);
        return of(parser).skips_body_ || bodiless ? 1 : 0;
      };
      made.on_body = [](llhttp_t* parser, const char* at, std::size_t size) {
        of(parser).body_.append(at, size);
        return 0;
      };
      made.on_message_complete = [](llhttp_t* parser) {
        of(parser).bodies_.push_back(std::exchange(of(parser).body_, {}));
        return 0;
      };
      return made;
    }();
    return settings;
  }

  bool skips_body_;
  llhttp_t parser_;
  std::string body_;
  std::vector<std::string> bodies_;
};

}  // namespace fwatchdog::fuzz
