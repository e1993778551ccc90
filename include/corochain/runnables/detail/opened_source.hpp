// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/this_coro.hpp>
#include <memory>
#include <optional>
#include <utility>

#include "corochain/runnables/detail/deferred_source.hpp"
#include "corochain/runnables/step.hpp"

namespace corochain::detail {

/// The source of a call from outside. The first `next()` makes it, below the context of the executor.
template <class C>
class opened_source : public deferred_source<C> {
 protected:
  virtual chunk_source_ptr<C> open(call_context context) = 0;

 private:
  awaitable<std::optional<C>> begin() final {
    const boost::asio::any_io_executor here = co_await boost::asio::this_coro::executor;
    this->inner_ = open(context_on(here));
    std::optional<C> chunk = co_await this->inner_->next();
    co_return chunk;
  }
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
