#include "async/pump.hpp"

namespace fwatchdog {

Task<PumpEnd> pump(Source& from, Sink& to) {
  PumpEnd end;
  for (;;) {
    Result<std::string_view> piece = co_await from.read();
    if (!piece.ok()) {
      end.source_error = std::move(piece.error());
      co_return end;
    }
    if (piece->empty()) co_return end;
    Result<void> written = co_await to.write(*piece);
    if (!written.ok()) {
      end.sink_error = std::move(written.error());
      co_return end;
    }
    end.moved += piece->size();
  }
}

}  // namespace fwatchdog
