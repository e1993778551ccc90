// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/this_coro.hpp>
#include <memory>
#include <optional>
#include <utility>

#include "corochain/runnables/step.hpp"

namespace corochain::detail {

/// The source of a call from outside: it is made by the first `next()`, below the context that is found there.
template <class C>
class opened_source : public chunk_source<C> {
 public:
  awaitable<std::optional<C>> next() override {
    if (inner_) return inner_->next();
    return open_and_pull();
  }
  bool take_ready(std::optional<C>& slot) override { return inner_ && inner_->take_ready(slot); }
  void stop() noexcept override {
    if (inner_) inner_->stop();
  }
  awaitable<void> close() override {
    if (inner_) return inner_->close();
    return closable::close();
  }

 protected:
  virtual chunk_source_ptr<C> open(call_context context) = 0;

 private:
  awaitable<std::optional<C>> open_and_pull() {
    const boost::asio::any_io_executor here = co_await boost::asio::this_coro::executor;
    inner_ = open(context_on(here));
    std::optional<C> chunk = co_await inner_->next();
    co_return chunk;
  }
  chunk_source_ptr<C> inner_;
};

/// The stream of a step.
template <class In, class Out>
class step_stream final : public opened_source<chunk_of_t<Out>> {
 public:
  step_stream(std::shared_ptr<const step<In, Out>> of, In input)
      : step_(std::move(of)), input_(std::move(input)) {}

 private:
  chunk_source_ptr<chunk_of_t<Out>> open(call_context context) override {
    return step_->run_stream(std::move(input_), std::move(context));
  }
  std::shared_ptr<const step<In, Out>> step_;
  In input_;
};

}  // namespace corochain::detail
