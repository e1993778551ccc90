// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <optional>
#include <utility>

#include "corochain/runnables/chunk_source.hpp"

namespace corochain::detail {

/// A source whose chunks come from another source, which the first `next()` makes.
template <class C>
class deferred_source : public chunk_source<C> {
 public:
  awaitable<std::optional<C>> next() override {
    if (inner_) return inner_->next();
    return begin();
  }
  bool take_ready(std::optional<C>& slot) override { return inner_ && inner_->take_ready(slot); }
  void stop() noexcept override {
    if (inner_) inner_->stop();
  }
  bool next_ends_by_stop() const noexcept override { return inner_ && inner_->next_ends_by_stop(); }
  awaitable<void> close() override {
    if (inner_) return inner_->close();
    return closable::close();
  }

 protected:
  /// Makes `inner_` and gives its first chunk.
  virtual awaitable<std::optional<C>> begin() = 0;

  chunk_source_ptr<C> inner_;
};

/// A deferred source that reads an input before it makes the other source.
template <class From, class To>
class deferred_filter : public deferred_source<To> {
 public:
  explicit deferred_filter(chunk_source_ptr<From> input) : input_(std::move(input)) {}
  void stop() noexcept final {
    input_->stop();
    if (this->inner_) this->inner_->stop();
  }
  awaitable<void> close() final {
    stop();
    co_await input_->close();
    if (this->inner_) co_await this->inner_->close();
  }

 protected:
  chunk_source_ptr<From> input_;
};

}  // namespace corochain::detail
