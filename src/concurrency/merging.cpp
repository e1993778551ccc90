// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/concurrency/detail/merging.hpp"

#include "corochain/core/error.hpp"

namespace corochain::detail {

merging_work::~merging_work() = default;

void merging_work::add(awaitable<void> producer) {
  if (begun_) throw ConfigError("a producer is added to a stream that has begun");
  check_call(producer);
  producers_.push_back(std::move(producer));
}

awaitable<void> merging_work::next(std::size_t) {
  if (producers_.empty()) return {};
  awaitable<void> producer = std::move(producers_.front());
  producers_.pop_front();
  return producer;
}

void merging_work::failed(std::size_t, std::exception_ptr) {}

void merging_work::begins(const std::shared_ptr<fan_out>&) { begun_ = true; }

}  // namespace corochain::detail
