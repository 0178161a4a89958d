#include "async/pump.hpp"

namespace fwatchdog {

Task<PumpEnd> pump(Source& from, Sink& to) {
  PumpEnd end;
  for (bool more = true; more;) more = co_await pump_piece(from, to, end);
  co_return end;
}

Task<bool> pump_piece(Source& from, Sink& to, PumpEnd& end) {
  Result<std::string_view> piece = co_await from.read();
  if (!piece.ok()) {
    end.source_error = std::move(piece.error());
    co_return false;
  }
  if (piece->empty()) co_return false;
  Result<void> written = co_await to.write(*piece);
  if (!written.ok()) {
    end.sink_error = std::move(written.error());
    co_return false;
  }
  end.moved += piece->size();
  co_return true;
}

}  // namespace fwatchdog
