/// An HttpResponse on one end of a connection, and what it tells.
#pragma once

#include <string_view>
#include <utility>

#include "http/http_response.hpp"
#include "support/stage.hpp"

namespace fwatchdog::test {

/// A connection that counts what its answers tell it.
struct Told final : HttpResponse::Connection {
  bool keeps = true;
  int restarts = 0;
  bool left = false;
  bool may_keep_alive() const override { return keeps; }
  std::string_view leave_http() override {
    left = true;
    return "early";
  }
  void restart_write_limit() override { ++restarts; }
};

/// A response on one end of a connection.
struct Desk {
  explicit Desk(Loop& loop, SocketPair pair = unix_pair())
      : stream(loop, std::move(pair.server)), response(connection, stream, date), caller(loop, std::move(pair.caller)) {}
  Told connection;
  DateCache date;
  Stream stream;
  HttpResponse response;
  Caller caller;
};

}  // namespace fwatchdog::test
