// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <atomic>

// A limit for all retries to a deployment together, beside the number of retries of each call.
// `models/deployment_state` holds one for each deployment.
namespace corochain::codec {

/// Keeps retries from multiplying the load on an endpoint that fails broadly. It is a token bucket as in the
/// standard retry mode of the AWS SDKs, with the same figures. While calls succeed there are always tokens.
/// When nearly all calls fail, about a hundred retries are made, and then one for every five calls that
/// succeed at once.
///
/// Safe from any thread, without locks.
class retry_budget {
 public:
  static constexpr int capacity = 500;
  /// The price of a retry.
  static constexpr int price = 5;
  /// The price of a retry after a timeout, which has held resources for longer.
  static constexpr int timeout_price = 10;

  /// Takes the price of a retry. Returns false and takes nothing if there are fewer tokens left.
  bool withdraw(int tokens) noexcept;
  /// Notes that a call succeeded: a first attempt earns one token, a retry its price.
  void deposit(int tokens) noexcept;
  /// The number of tokens at this moment. Other threads may change it.
  int left() const noexcept { return tokens_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int> tokens_{capacity};
};

}  // namespace corochain::codec
