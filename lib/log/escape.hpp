/// Bytes of strangers (request targets, header values, output of functions) made safe for a line of the log.
#pragma once

#include <string>
#include <string_view>

namespace fwatchdog {

/// Appends `text` so that it stays on its line and steers no terminal: every control character (C0 but the tab, DEL, C1) and
/// every byte that is not valid UTF-8 is written as `\x1b`. Everything else is unchanged.
void append_printable(std::string& out, std::string_view text);

/// `text` in quotes, as Go's %q writes texts of printable characters: with `\"`, `\\`, `\n`, `\t`, `\r`; the rest as above.
std::string go_quoted(std::string_view text);

/// Appends `text` as a JSON string with its quotes (RFC 8259 7). Bytes that are not valid UTF-8 become U+FFFD, one for each byte.
void append_json_string(std::string& out, std::string_view text);

}  // namespace fwatchdog
