// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// The function on the left gives a number, the model on the right takes Messages.
// EXPECT: in 'left \| right' the output of the left step does not convert to the input of the right step
// EXPECT: steps_meet<(unsigned )?(int|long|long int), corochain::Messages>
#include <corochain/models/chat_model.hpp>

namespace cc = corochain;

auto chain(const cc::ChatModel& model) {
#ifdef COROCHAIN_COMPILE_OK
  return [](const std::string& question) { return question + '?'; } | model;
#else
  return [](const std::string& question) { return static_cast<int>(question.size()); } | model;
#endif
}
