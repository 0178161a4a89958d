#include "config/memory_size.hpp"

#include <doctest/doctest.h>

#include <string_view>

using namespace fwatchdog;

TEST_CASE("memory size: as the manifests of Kubernetes spell it") {
  constexpr std::uint64_t kMi = std::uint64_t{1} << 20;
  struct {
    std::string_view text;
    std::uint64_t bytes;
  } const rows[] = {
      {"0", 0},
      {"1", 1},
      {"134217728", 128 * kMi},
      {"128Mi", 128 * kMi},
      {"1Gi", 1024 * kMi},
      {"1.5Gi", 1536 * kMi},
      {".5Mi", kMi / 2},
      {"2.Mi", 2 * kMi},
      {"1Ki", 1024},
      {"1Ti", kMi * kMi},
      {"2Pi", kMi * kMi * 2048},
      {"15Ei", kMi * kMi * kMi * 15},
      {"64k", 64'000},
      {"129M", 129'000'000},
      {"1G", 1'000'000'000},
      {"0.001T", 1'000'000'000},
      {"1P", 1'000'000'000'000'000},
      {"18E", 18'000'000'000'000'000'000U},
      {"129e6", 129'000'000},
      {"1E9", 1'000'000'000},
      {"0.1", 1},
      {"1.0000000000000000000000000001Ki", 1025},
      {"0.9999999999k", 1000},
      {"18446744073709551615", ~std::uint64_t{0}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    CHECK(parse_memory_size(row.text) == row.bytes);
  }
}

TEST_CASE("memory size: everything else is none") {
  for (const std::string_view text : {"",
                                      ".",
                                      "Mi",
                                      "1.2.3",
                                      "-1",
                                      "+1",
                                      " 1",
                                      "1 ",
                                      "1 Mi",
                                      "128m",
                                      "128mi",
                                      "128MB",
                                      "128MiB",
                                      "1KI",
                                      "1K",
                                      "e3",
                                      "1e",
                                      "1e-3",
                                      "1e+3",
                                      "1e3Mi",
                                      "0x10",
                                      "1,5Gi",
                                      "16Ei",
                                      "19E",
                                      "1e20",
                                      "1e4000000000",
                                      "18446744073709551616",
                                      "99999999999999999999",
                                      "18446744073709551615.1"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_memory_size(text));
  }
}
