// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/detail/step_base.hpp"

// The parts of a step that need no types, for descriptions and for the numbers of steps in a sequence.
namespace corochain::detail {

step_base::~step_base() = default;

// A step around others gives chunks if the one that answers does. Which one that is may be known only in a
// call, so one that makes chunks is enough. A part that merely passes chunks on gives one chunk here, because
// the step around it adds up the input first.
streaming_mode step_base::streaming() const {
  for (const step_part& part : shape().parts)
    if (part.step->streaming() == streaming_mode::makes) return streaming_mode::makes;
  return streaming_mode::whole;
}

// `a | b | c` is a sequence of a sequence and `c`. It is shown and counted as three steps in a row, as
// LangChain does. Only the left side is unfolded: a sequence on the right was made by itself, and is one step
// of its own.
step_shape shape_of_sequence(const step_base& first, const step_base& second) {
  step_shape shape = first.shape();
  if (shape.layout != step_layout::in_turn) shape = {step_layout::in_turn, {{&first, ""}}};
  shape.parts.push_back({&second, ""});
  return shape;
}

}  // namespace corochain::detail
