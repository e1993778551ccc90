// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <utility>

#include "corochain/concurrency/detail/merge_channel.hpp"
#include "corochain/core/awaitable.hpp"

namespace corochain {

/// The function object through which a generator hands on its chunks. Copies lead to the same stream. Use it
/// in the generator's own run, in one coroutine at a time.
template <class P>
class Yield {
 public:
  explicit Yield(detail::sender<P> out) : out_(std::move(out)) {}
  /// `co_await yield(chunk)` returns when the chunk was taken and the consumer asks for another one. Throws
  /// `CancelledError` when the consumer will ask for no more.
  awaitable<void> operator()(P chunk) const { return hand_on(out_, std::move(chunk)); }

 private:
  static awaitable<void> hand_on(detail::sender<P> out, P chunk) {
    out.push(std::move(chunk));
    co_await out.drained();
  }
  detail::sender<P> out_;
};

}  // namespace corochain
