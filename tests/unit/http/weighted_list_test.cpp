#include "http/weighted_list.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace fwatchdog;

namespace {

/// `name=weight` of each member, with `+` where it has parameters.
std::string walked(const std::vector<std::string_view>& values) {
  std::vector<Field> fields = {{"Other", "x"}};
  for (const std::string_view value : values) fields.push_back({"aCCEPT", value});
  fields.push_back({"Accept-Encoding", "y"});
  WeightedList list(fields, "Accept");
  std::string all;
  while (const std::optional<WeightedMember> member = list.next()) {
    all.append(all.empty() ? "" : " ").append(member->name).append(member->has_parameters ? "+=" : "=");
    all.append(member->weight ? std::to_string(*member->weight) : "malformed");
  }
  CHECK_FALSE(list.next());
  return all;
}

bool accepts(std::string_view value, std::string_view type = "text/event-stream") {
  const Field fields[] = {{"Accept", value}};
  return accepts_by_name(fields, type);
}

}  // namespace

TEST_CASE("weighted list: names and weights, over all lines") {
  CHECK(walked({}).empty());
  CHECK(walked({"", " , ,"}).empty());
  CHECK(walked({"a"}) == "a=1000");
  CHECK(walked({" a ;\tq=0.25 ,b;Q=0", ",c"}) == "a=250 b=0 c=1000");
  CHECK(walked({"a;q=0.5;x=1", "b;x;q=0.001", "c;", "d;;q=1"}) == "a+=500 b+=1 c+=1000 d+=1000");
}

TEST_CASE("weighted list: a malformed weight") {
  for (const std::string_view weight : {"q=", "q=2", "q=1.001", "q=0.1234", "q=-1", "q=0.x", "q=1x", "q=\"1\""}) {
    CAPTURE(weight);
    CHECK(walked({"a;" + std::string(weight)}) == "a=malformed");
  }
  CHECK(walked({"a;q", "b;q =0"}) == "a+=1000 b+=1000");
}

TEST_CASE("weighted list: quoted strings are one piece") {
  CHECK(walked({R"(a;x="b,c;q=0", d)"}) == "a+=1000 d=1000");
  CHECK(walked({R"(a;x="b\",c;q=0";q=0.5, d)"}) == "a+=500 d=1000");
  CHECK(walked({R"(a;x="b, c)", R"(d;x="\)"}) == "a+=1000 d+=1000");
}

TEST_CASE("a media type that is accepted by its name") {
  CHECK(accepts("text/event-stream"));
  CHECK(accepts("text/html, TEXT/Event-Stream;charset=utf-8;q=0.1"));
  CHECK(accepts("text/event-stream;q=0, text/event-stream;v=2"));
  CHECK(accepts("text/event-stream;q=0.3333"));
  CHECK_FALSE(accepts(""));
  CHECK_FALSE(accepts("*/*, text/*"));
  CHECK_FALSE(accepts("text/event-stream;q=0"));
  CHECK_FALSE(accepts("text/event-stream;v=1;q=0.000"));
  CHECK_FALSE(accepts("text/event-stream-like, a;b=\",text/event-stream,\""));
}
