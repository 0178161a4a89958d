#include "modes/first_input.hpp"

namespace fwatchdog {

namespace {

constexpr std::uint64_t kMostBefore = 16 * 1024;

}  // namespace

Task<void> read_what_is_here(Request& request, FirstInput& input) {
  input.whole = request.framing.kind == BodyFraming::Kind::none;
  if (request.framing.length > kMostBefore || !request.body->has_rest()) co_return;
  while (!input.whole) {
    Result<std::string_view> piece = co_await request.body->read();
    if (!piece.ok()) co_return;  // it stays, for those who read on
    input.whole = piece->empty();
    input.bytes.append(*piece);
  }
}

}  // namespace fwatchdog
