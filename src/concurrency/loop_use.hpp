// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/execution_context.hpp>
#include <functional>
#include <vector>

namespace corochain::detail {

// The transport keeps idle connections open between two blocking calls, and the loop does not run meanwhile.
// At the end of each use it closes all but a few of them.

/// Actions that are done whenever a use of a thread's private loop is over. Other execution contexts than
/// private loops do not have this service. Used on the loop's own thread only.
class loop_use final : public boost::asio::execution_context::service {
 public:
  using key_type = loop_use;
  inline static boost::asio::execution_context::id id;

  explicit loop_use(boost::asio::execution_context& context) : service(context) {}

  /// Keeps `action` if `context` is a private loop.
  static void when_over(boost::asio::execution_context& context, std::function<void()> action) {
    if (boost::asio::has_service<loop_use>(context))
      boost::asio::use_service<loop_use>(context).actions_.push_back(std::move(action));
  }
  void over() {
    for (const auto& action : actions_) action();
  }

 private:
  void shutdown() override { actions_.clear(); }

  std::vector<std::function<void()>> actions_;
};

}  // namespace corochain::detail
