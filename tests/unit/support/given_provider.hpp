/// GivenProvider: an OpenID provider on the loop of the test, over http.
#pragma once

#include <map>
#include <string>

#include "async/event.hpp"
#include "async/listener.hpp"
#include "async/scope.hpp"
#include "http/http_server.hpp"
#include "support/sockets.hpp"

namespace fwatchdog::test {

class GivenProvider final : public Handler {
 public:
  static constexpr const char* kConfiguration = "/.well-known/openid-configuration";

  explicit GivenProvider(Loop& loop)
      : server_(loop, *this, ServerLimits(), [](std::string_view, const Request&, Nanoseconds) {}), scope_(loop) {
    Result<Fd> socket = Listener::open(0, false);
    if (!socket.ok()) throw std::runtime_error("no port for a test");
    url = "http://127.0.0.1:" + std::to_string(port_of(socket->get()));
    listener_ = std::make_unique<Listener>(loop, std::move(*socket));
    scope_.spawn(server_.accept_from(*listener_));
    pages[kConfiguration] = R"({"issuer":"http://issuer","jwks_uri":")" + url + R"(/keys"})";
  }

  /// Answers with the page of that path, or with 404; where there is a gate, /keys waits for it.
  Task<void> handle(Request& request, ResponseWriter& response) override {
    const std::string path(request.raw_target);
    ++asked[path];
    if (gate != nullptr && path == "/keys") co_await gate->wait();
    const auto page = pages.find(path);
    if (page == pages.end()) response.set_status(404);
    const std::string_view body = page == pages.end() ? std::string_view() : page->second;
    (void)co_await response.send(body);
  }

  void set_keys(std::string_view keys) { pages["/keys"] = R"({"keys":[)" + std::string(keys) + "]}"; }

  Task<void> end() {
    listener_->close();
    server_.abort();
    co_await scope_.join();
    co_await server_.join();
  }

  std::string url;
  std::map<std::string, std::string> pages;
  std::map<std::string, int> asked;
  Event* gate = nullptr;

 private:
  HttpServer server_;
  std::unique_ptr<Listener> listener_;
  TaskScope scope_;
};

}  // namespace fwatchdog::test
