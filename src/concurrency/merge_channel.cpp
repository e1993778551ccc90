// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/concurrency/detail/merge_channel.hpp"

#include "corochain/concurrency/detail/check_calls.hpp"
#include "corochain/core/error.hpp"

namespace corochain::detail {

// Producers give their chunks to the queue by themselves, so the work is only a list of coroutines. A failure
// is kept by the scope, which cancels the other producers.

void merge_work::add(awaitable<void> producer, bool begun) {
  if (begun)
    throw ConfigError("a producer was added to a stream that has begun; add it before the first next()");
  check_call(producer);
  producers_.push_back(std::move(producer));
}

awaitable<void> merge_work::next(std::size_t, const call_context&) {
  if (producers_.empty()) return {};
  awaitable<void> producer = std::move(producers_.front());
  producers_.pop_front();
  return producer;
}

}  // namespace corochain::detail
