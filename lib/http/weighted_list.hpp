/// What a caller accepts, as a list whose members have weights (RFC 9110 12.4.2). Pure functions.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "http/headers.hpp"

namespace fwatchdog {

/// In thousandths: 0 means not acceptable.
using Weight = int;
inline constexpr Weight kFullWeight = 1000;

struct WeightedMember {
  std::string_view name;
  std::optional<Weight> weight = kFullWeight;  ///< nothing where it is malformed
  bool has_parameters = false;                 ///< others than the weight, be they empty
};

/// The members of all lines of one field, one after the other. Commas and semicolons in quoted strings part nothing; empty
/// members are left out. The views point into the fields, which must outlive this object.
class WeightedList {
 public:
  WeightedList(std::span<const Field> fields, std::string_view name) : fields_(fields), name_(name) {}

  /// Nothing after the last one.
  std::optional<WeightedMember> next();

 private:
  std::span<const Field> fields_;
  std::string_view name_;
  std::string_view list_;
};

/// True where `Accept` names `media_type` itself, not as part of `*/*`, and does not give it the weight 0. A malformed weight
/// counts as none, and parameters do not matter.
bool accepts_by_name(std::span<const Field> fields, std::string_view media_type);

}  // namespace fwatchdog
