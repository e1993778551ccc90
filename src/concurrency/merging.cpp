// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/concurrency/detail/merging.hpp"

#include "concurrency/fan_out.hpp"
#include "corochain/core/error.hpp"

namespace corochain::detail {

void meeting::queued() {
  const auto running = engine.lock();
  if (!running || !running->add_unread()) throw CancelledError("the consumer of the results stopped");
}

awaitable<void> meeting::until_drained(std::weak_ptr<fan_out> engine, bool for_request) {
  const auto running = engine.lock();
  if (!running) throw CancelledError("the consumer of the results is gone");
  return fan_out::until_drained(running, for_request);
}

merging_work::merging_work(std::shared_ptr<meeting> where) : where_(std::move(where)) {}
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

void merging_work::begins(const std::shared_ptr<fan_out>& engine) {
  begun_ = true;
  where_->engine = engine;
}

}  // namespace corochain::detail
