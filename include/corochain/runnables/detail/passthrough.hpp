// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <utility>

#include "corochain/runnables/detail/immediate_step.hpp"

namespace corochain::detail {

template <class T>
class passthrough_step final : public immediate_step<T, T> {
 public:
  const char* name() const noexcept override { return "RunnablePassthrough"; }
  streaming_mode streaming() const noexcept override { return streaming_mode::passes; }
  T apply(T&& input) const override { return std::move(input); }
  chunk_source_of<T> transform(chunk_source_of<T> input, call_context) const override { return input; }
};

}  // namespace corochain::detail
