#include "result.hpp"

#include <cstring>

namespace fwatchdog {

std::string errno_text(int err) {
  const char* known = strerrordesc_np(err);
  if (known == nullptr) return "errno " + std::to_string(err);
  std::string text = known;
  // Only the first letter: "No such file or directory", but also "RFS specific error".
  if (text.size() > 1 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'a') text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return text;
}

std::string Error::text() const {
  std::string reason;
  switch (code) {
    case Errc::system: reason = errno_text(sys); break;
    case Errc::cancelled: reason = "cancelled"; break;
    case Errc::end_of_stream: reason = "unexpected EOF"; break;
    case Errc::timed_out: reason = "timed out"; break;
    case Errc::too_large: reason = "too large"; break;
    case Errc::invalid: reason = "invalid"; break;
    case Errc::unsupported: reason = "unsupported"; break;
  }
  if (what.empty()) return reason;
  // Where a rule was broken its text is the whole reason.
  if (code == Errc::invalid || code == Errc::unsupported || code == Errc::too_large) return what;
  return what + ": " + reason;
}

}  // namespace fwatchdog
