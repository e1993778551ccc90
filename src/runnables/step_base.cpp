// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/detail/step_base.hpp"

namespace corochain::detail {

step_base::~step_base() = default;

streaming_mode step_base::streaming() const {
  for (const step_part& part : shape().parts)
    if (part.step->streaming() == streaming_mode::makes) return streaming_mode::makes;
  return streaming_mode::whole;
}

step_shape shape_of_sequence(const step_base& first, const step_base& second) {
  step_shape shape = first.shape();
  if (shape.layout != step_layout::in_turn) shape = {step_layout::in_turn, {{&first, ""}}};
  shape.parts.push_back({&second, ""});
  return shape;
}

}  // namespace corochain::detail
