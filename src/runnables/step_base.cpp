// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/detail/step_base.hpp"

#include <utility>

namespace corochain::detail {

step_base::~step_base() = default;

streaming_mode step_base::streaming() const {
  for (const step_part& part : shape().parts)
    if (part.step->streaming() == streaming_mode::makes) return streaming_mode::makes;
  return streaming_mode::whole;
}

std::shared_ptr<const step_base> step_base::with_parts(const part_replacement&) const { return nullptr; }

step_shape shape_of_sequence(const step_base& first, const step_base& second) {
  step_shape shape{step_layout::in_turn};
  step_shape before = first.shape();
  if (before.layout == step_layout::in_turn)
    shape = std::move(before);
  else
    shape.parts.push_back({&first, ""});
  shape.parts.push_back({&second, ""});
  return shape;
}

std::size_t length_in_sequence(const step_base& first) {
  const step_shape shape = first.shape();
  return shape.layout == step_layout::in_turn ? shape.parts.size() : 1;
}

}  // namespace corochain::detail
