// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "corochain/core/awaitable.hpp"

namespace corochain::transport {

/// What a name stands for, or why it could not be found.
struct lookup_result {
  boost::system::error_code error;
  std::vector<boost::asio::ip::address> addresses;
};

/// One caller's wait for a name. It is stopped at once by `abandon`, which may be called from any thread; the look-up
/// itself ends by itself and touches nothing of the caller's.
class lookup_wait;

/// Looks a name up on one of at most four threads of the process, the first of which is started by the first look-up.
///
/// Asio's own resolver ignores cancellation, serves one name at a time and holds up its context's destruction; this one
/// does none of that. One look-up per name at a time is shared by all who wait for it, and its result is kept for 60
/// seconds (failures are not kept).
class resolver {
 public:
  /// What is asked for a name; blocks. Called on the resolver's threads.
  using query_function = std::function<lookup_result(const std::string& host)>;

  using clock = std::chrono::steady_clock;

  /// `now` tells the time by which results grow old; called on any thread.
  explicit resolver(query_function query, std::function<clock::time_point()> now = &clock::now);
  ~resolver();
  resolver(const resolver&) = delete;
  resolver& operator=(const resolver&) = delete;

  /// The process's own, which asks the system.
  static std::shared_ptr<resolver> system();

  /// Begins a wait; `finish` awaits it.
  std::shared_ptr<lookup_wait> begin(const std::string& host);
  static awaitable<lookup_result> finish(std::shared_ptr<lookup_wait> wait);
  static void abandon(lookup_wait& wait) noexcept;

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace corochain::transport
