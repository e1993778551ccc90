// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <atomic>
#include <cstdint>

// A limit for all retries to a deployment together, beside the number of retries of each call.
// `models/deployment_state` holds one for each deployment.
namespace corochain::codec {

/// One model's settings of the budget, in thousandths of a retry. Models that share a deployment share what
/// was spent, and each keeps to its own settings.
struct retry_limit {
  /// The most that may be spent.
  std::int64_t most = 100'000;
  /// The amount that a call earns which is answered at once.
  std::int64_t gain = 200;
};

/// Keeps retries from multiplying the load on an endpoint that fails broadly. It is a token bucket as in the
/// standard retry mode of the AWS SDKs, with the same figures. While calls succeed there is always a rest.
/// When nearly all calls fail, about a hundred retries are made, and then one for every five calls that
/// succeed at once. Refusals (429) cost nothing: `admission_pacer` slows their calls down.
///
/// Amounts are thousandths of a retry. Safe from any thread, without locks.
class retry_budget {
 public:
  /// The price of a retry.
  static constexpr std::int64_t price = 1000;
  /// The price of a retry after a timeout, which has held resources for longer.
  static constexpr std::int64_t timeout_price = 2000;

  /// Spends an amount. Returns false and spends nothing if more than `most` were spent then.
  bool withdraw(std::int64_t amount, std::int64_t most) noexcept;
  /// Gives back what a call that succeeded has earned: the settings' gain, or the price of its retry.
  void deposit(std::int64_t amount) noexcept;
  /// The amount that is spent at this moment. Other threads may change it.
  std::int64_t spent() const noexcept { return spent_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> spent_{0};
};

}  // namespace corochain::codec
