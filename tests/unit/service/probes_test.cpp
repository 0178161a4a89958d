#include "service/probes.hpp"

#include <doctest/doctest.h>

#include <string>

#include "support/recorded_call.hpp"

using namespace fwatchdog;
using namespace fwatchdog::test;

namespace {

/// A mode that says of itself what the test wants.
class GivenMode final : public ModeHandler {
 public:
  bool is_ready = true;
  std::string seen;
  std::string path;
  Task<bool> ready() override { co_return is_ready; }
  Task<void> handle(Request& request, ResponseWriter& response) override {
    seen = std::string(request.method) + " " + std::string(request.raw_target);
    path = std::string(request.target.path) + "?" + std::string(request.target.query);
    response.set_status(299);
    (void)co_await response.send(std::string_view("mode"));
  }
};

struct Service {
  explicit Service(std::uint64_t limit = 0, const RequestQueue::Options& waiting = {})
      : slots(limit), queue(slots, waiting), probes(state, queue, mode, function) {
    state.accepting = true;
    state.healthy = [this] { return lock_is_there; };
  }
  std::string answer(std::string method, std::string target) { return answer_of(probes, std::move(method), std::move(target)); }

  bool lock_is_there = true;
  ProbeState state;
  InflightSlots slots;
  RequestQueue queue;
  GivenMode mode;
  GivenHandler function;
  Probes probes;
};

}  // namespace

TEST_CASE("/_/health") {
  Service service;
  CHECK(service.answer("GET", "/_/health") == "200 |OK");
  CHECK(service.answer("GET", "/_/health?any=query") == "200 |OK");
  CHECK(service.answer("GET", "/_/%68ealth") == "200 |OK");
  CHECK(service.answer("GET", "http://host/_/health") == "200 |OK");
  for (const char* method : {"HEAD", "POST", "PUT", "OPTIONS", "get"}) CHECK(service.answer(method, "/_/health") == "405 |");
  service.lock_is_there = false;
  CHECK(service.answer("GET", "/_/health") == "503 |");
  service.lock_is_there = true;
  CHECK(service.answer("GET", "/_/health") == "200 |OK");
  service.state.accepting = false;
  CHECK(service.answer("GET", "/_/health") == "503 |");
  CHECK(service.answer("POST", "/_/health") == "405 |");
  CHECK(service.function.calls == 0);
}

TEST_CASE("/_/ready") {
  Service service(1);
  CHECK(service.answer("GET", "/_/ready") == "200 |");
  for (const char* method : {"HEAD", "POST"}) CHECK(service.answer(method, "/_/ready") == "405 |");
  {
    const InflightSlots::Slot slot(service.slots);
    CHECK(service.answer("GET", "/_/ready") ==
          "429 Content-Type: text/plain\nX-OpenFaaS-Internal: faas-middleware\nRetry-After: 1\n|"
          "Concurrent request limit exceeded. Max concurrent requests: 1\n");
    CHECK(service.answer("GET", "/_/health") == "200 |OK");
  }
  service.mode.is_ready = false;
  CHECK(service.answer("GET", "/_/ready") == "503 |");
  CHECK(service.answer("GET", "/_/health") == "200 |OK");
  service.mode.is_ready = true;
  service.lock_is_there = false;
  CHECK(service.answer("GET", "/_/ready") == "503 |");
  service.lock_is_there = true;
  service.state.accepting = false;
  CHECK(service.answer("GET", "/_/ready") == "503 |");
  CHECK(service.function.calls == 0);
}

TEST_CASE("/_/ready while requests may still wait") {
  RequestQueue::Options waiting;
  waiting.most = 1;
  Service service(1, waiting);
  const InflightSlots::Slot slot(service.slots);
  CHECK(service.answer("GET", "/_/ready") == "200 |");
}

TEST_CASE("/_/ready with ready_path asks the function, past the limit") {
  Service service(1);
  service.state.ready_path = "/healthz";
  CHECK(service.answer("GET", "/_/ready?query") == "299 |mode");
  CHECK(service.mode.seen == "GET /healthz");
  CHECK(service.mode.path == "/healthz?");
  const InflightSlots::Slot slot(service.slots);
  CHECK(service.answer("GET", "/_/ready").rfind("429 ", 0) == 0);
}

TEST_CASE("everything else is the function's") {
  Service service;
  for (const char* target :
       {"/", "/_/healthy", "/_/health/x", "/_/", "/_", "/x/_/health", "/_/HEALTH", "/_/readyz", "//_/health"}) {
    CHECK(service.answer("POST", target) == "200 |answer");
    CHECK(service.function.seen == "POST " + std::string(target));
  }
}

TEST_CASE("what never reaches a function") {
  Service service;
  CHECK(service.answer("CONNECT", "host:80") ==
        "404 Content-Type: text/plain; charset=utf-8\nX-Content-Type-Options: nosniff\n|404 page not found\n");
  CHECK(service.answer("OPTIONS", "*") == "200 |");
  CHECK(service.function.calls == 0);
}
