// g++ 12 compiles some co_await expressions wrongly: a temporary in them is destroyed twice. These must not be written;
// tests/lint finds them:
//
//   co_await f(Options{...})              a temporary aggregate
//   co_await f({.program = p})            the same, with the type left out
//   co_await f([text] { ... })            a temporary lambda that owns something, also where f takes a std::function
//   c ? g(co_await x) : y                 of a class type
//   co_await f({a, b})                    a braced list for a class type (does not compile)
//   auto [a, b] = co_await f()            a structured binding directly on it
//
// The forms below may be written. Each is run with tasks that end at once and with tasks that wait, and with objects that know
// whether they live.
#include <doctest/doctest.h>

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "async/loop_fixture.hpp"
#include "result.hpp"

using namespace fwatchdog;
using namespace fwatchdog::testing;

namespace {

/// Owns memory, and notes every construction and destruction.
class Tracked {
 public:
  explicit Tracked(std::string text_in) : text(std::move(text_in)) { begin(); }
  Tracked(const Tracked& other) : text(other.text) { begin(); }
  Tracked(Tracked&& other) noexcept : text(std::move(other.text)) { begin(); }
  Tracked& operator=(const Tracked&) = default;
  Tracked& operator=(Tracked&&) = default;
  ~Tracked() {
    ++destroyed;
    if (living.erase(this) != 1) ++wrong;
  }

  std::string text;

  static inline std::unordered_set<const Tracked*> living;
  static inline int constructed = 0;
  static inline int destroyed = 0;
  static inline int wrong = 0;  // a birth on top of a living one, or a death of a dead one
  static void forget() {
    living.clear();
    constructed = destroyed = wrong = 0;
  }

 private:
  void begin() {
    ++constructed;
    if (!living.insert(this).second) ++wrong;
  }
};

const std::string kLong(200, 'x');  // on the heap, so that a second destruction frees twice

struct Aggregate {
  Tracked first;
  Tracked second;
};

class Options {
 public:
  Options(Tracked first, Tracked second) : first_(std::move(first)), second_(std::move(second)) {}
  std::size_t size() const { return first_.text.size() + second_.text.size(); }

 private:
  Tracked first_;
  Tracked second_;
};

/// Where the tasks below end: at once, or after the loop went round.
struct Way {
  Loop& loop;
  bool waits;
  explicit Way(Loop& loop_in, bool waits_in) : loop(loop_in), waits(waits_in) {}
};

Task<void> pass(const Way& way) {
  if (way.waits) co_await next_turn(way.loop);
}

Task<std::size_t> take_aggregate(const Way& way, Aggregate options) {
  co_await pass(way);
  co_return options.first.text.size() + options.second.text.size();
}
Task<std::size_t> take_options(const Way& way, Options options) {
  co_await pass(way);
  co_return options.size();
}
Task<std::size_t> take_tracked(const Way& way, Tracked tracked) {
  co_await pass(way);
  co_return tracked.text.size();
}
Task<std::size_t> take_string(const Way& way, std::string text) {
  co_await pass(way);
  co_return text.size();
}
Task<std::size_t> take_function(const Way& way, std::function<std::size_t()> function) {
  co_await pass(way);
  co_return function();
}
Task<std::size_t> take_span(const Way& way, std::span<const Tracked> all) {
  co_await pass(way);
  std::size_t size = 0;
  for (const Tracked& one : all) size += one.text.size();
  co_return size;
}
Task<Tracked> give(const Way& way) {
  co_await pass(way);
  co_return Tracked(kLong);
}
Task<Result<Tracked>> give_result(const Way& way, bool good) {
  co_await pass(way);
  if (!good) co_return Error::system(2, kLong);
  co_return Tracked(kLong);
}
Task<std::optional<Tracked>> give_some(const Way& way, int& left) {
  co_await pass(way);
  if (left-- == 0) co_return std::nullopt;
  co_return Tracked(kLong);
}
Task<Tracked> hand_on(const Way& way) { co_return co_await give(way); }

std::size_t joined(const Tracked& one, const Tracked& other) { return one.text.size() + other.text.size(); }

Task<void> arguments(const Way& way) {
  Aggregate named{Tracked(kLong), Tracked(kLong)};
  const std::size_t by_name = co_await take_aggregate(way, std::move(named));
  CHECK(by_name == 400);

  const std::size_t by_constructor = co_await take_options(way, Options(Tracked(kLong), Tracked(kLong)));
  CHECK(by_constructor == 400);

  const std::size_t temporary = co_await take_tracked(way, Tracked(kLong + kLong));
  CHECK(temporary == 400);

  const std::size_t text = co_await take_string(way, std::string(300, 'y') + "z");
  CHECK(text == 301);

  const auto lambda = [tracked = Tracked(kLong)] { return tracked.text.size(); };
  const std::size_t called = co_await take_function(way, lambda);
  CHECK(called == 200);

  const std::vector<Tracked> all(3, Tracked(kLong));
  const std::span<const Tracked> view(all);
  const std::size_t viewed = co_await take_span(way, view);
  CHECK(viewed == 600);
}

Task<void> results(const Way& way) {
  if (auto result = co_await give_result(way, true)) {
    CHECK(result->text == kLong);
  } else {
    CHECK(false);
  }
  if (Result<Tracked> result = co_await give_result(way, false); !result.ok()) CHECK(result.error().what == kLong);

  int left = 3;
  int rounds = 0;
  while (auto some = co_await give_some(way, left)) rounds += some->text == kLong ? 1 : 100;
  CHECK(rounds == 3);

  const Tracked handed = co_await hand_on(way);
  CHECK(handed.text == kLong);

  const std::size_t both = joined(co_await give(way), co_await give(way));
  CHECK(both == 400);

  std::string sum = (co_await give(way)).text + (co_await give(way)).text;
  CHECK(sum.size() == 400);

  (void)co_await give(way);

  // What `?:` would have chosen.
  Tracked chosen(std::string{});
  if (way.waits) {
    chosen = co_await give(way);
  } else {
    chosen = Tracked(kLong);
  }
  CHECK(chosen.text == kLong);
}

Task<void> all_forms(Loop& loop, bool waits) {
  const Way way(loop, waits);
  co_await arguments(way);
  co_await results(way);
}

}  // namespace

TEST_CASE("co_await: in the forms that may be written every object lives once and dies once") {
  for (const bool waits : {false, true}) {
    Tracked::forget();
    TestLoop test;
    test.run(all_forms(test.loop, waits));
    CHECK(Tracked::constructed > 0);
    CHECK(Tracked::constructed == Tracked::destroyed);
    CHECK(Tracked::wrong == 0);
    CHECK(Tracked::living.empty());
  }
}
