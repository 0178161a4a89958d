#include "http/content_coding.hpp"

#include <doctest/doctest.h>

#include <string_view>
#include <vector>

using namespace fwatchdog;

namespace {

struct Weights {
  Weight br, gzip, identity;
  bool operator==(const Weights&) const = default;
};

Weights weights(const std::vector<std::string_view>& values) {
  std::vector<Field> fields = {{"Accept", "gzip"}};
  for (const std::string_view value : values) fields.push_back({"accept-encoding", value});
  return {coding_weight(fields, "br"), coding_weight(fields, "gzip"), identity_weight(fields)};
}

}  // namespace

TEST_CASE("content coding: what Accept-Encoding says") {
  CHECK(weights({}) == Weights{0, 0, 1});
  CHECK(weights({""}) == Weights{0, 0, 1});
  CHECK(weights({"gzip"}) == Weights{0, 1000, 1});
  CHECK(weights({"GZIP , deflate, Br"}) == Weights{1000, 1000, 1});
  CHECK(weights({"gzip", "br"}) == Weights{1000, 1000, 1});
  CHECK(weights({"x-gzip;q=0.5"}) == Weights{0, 500, 1});
  CHECK(weights({"br;q=0.123, gzip ; q=1.000"}) == Weights{123, 1000, 1});
  CHECK(weights({"*"}) == Weights{1000, 1000, 1000});
  CHECK(weights({"*;q=0, gzip"}) == Weights{0, 1000, 0});
  CHECK(weights({"gzip;q=0, *;q=0.5"}) == Weights{500, 0, 500});
  CHECK(weights({"identity;q=0.7, br;Q=0.8"}) == Weights{800, 0, 700});
  CHECK(weights({"identity;q=0"}) == Weights{0, 0, 0});
  CHECK(weights({",, gzip,,"}) == Weights{0, 1000, 1});
  CHECK(weights({"gzipped, bro"}) == Weights{0, 0, 1});
}

TEST_CASE("content coding: a malformed weight is a refusal") {
  for (const std::string_view weight : {"gzip;q=", "gzip;q=2", "gzip;q=1.001", "gzip;q=0.1234", "gzip;q=-1", "gzip;q=0.x",
                                        "gzip;q", "gzip;w=1", "gzip;", "gzip;q=1x"}) {
    CAPTURE(weight);
    CHECK(weights({weight}).gzip == 0);
  }
}
