// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <atomic>

namespace corochain::codec {

/// Keeps retries from multiplying the load on an endpoint that fails broadly: a token bucket as in the AWS SDKs'
/// standard retry mode, with its figures. While calls succeed there are always tokens; when nearly all fail, about a
/// hundred retries are made, and then one for every five calls that succeed at once.
///
/// Safe from any thread, without locks.
class retry_budget {
 public:
  static constexpr int capacity = 500;
  static constexpr int price = 5;           ///< of a retry
  static constexpr int timeout_price = 10;  ///< of one after a timeout: it has held resources for longer

  /// Takes the price of a retry; false, and nothing taken, when there is not that much left.
  bool withdraw(int tokens) noexcept;
  /// A call succeeded: a first attempt earns one token, a retry what it had cost.
  void deposit(int tokens) noexcept;
  int left() const noexcept { return tokens_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int> tokens_{capacity};
};

}  // namespace corochain::codec
