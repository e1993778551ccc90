// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/execution_context.hpp>
#include <list>
#include <memory>
#include <mutex>

#include "corochain/core/export.hpp"

namespace corochain::detail {

// At the end of an execution context its services are shut down, and the handlers in its queues are
// destroyed, while the context and its executors are still there. A handler that is stored elsewhere has to
// go at the same time. Later its frames would use a context that is gone.

class shutdown_listener;

/// The listeners of one execution context. Safe from any thread; may outlive the context.
class shutdown_registry {
 private:
  friend class shutdown_listener;
  class service;
  void close() noexcept;

  std::mutex mutex_;
  std::list<std::weak_ptr<shutdown_listener>> listeners_;
};

/// An object with a completion handler that no queue of Asio holds. The handler owns the frames that own the
/// object, so the object must destroy the handler when the execution context is destroyed.
class COROCHAIN_EXPORT shutdown_listener {
 public:
  shutdown_listener() = default;
  shutdown_listener(const shutdown_listener&) = delete;
  shutdown_listener& operator=(const shutdown_listener&) = delete;

  /// Called when the execution context is being destroyed, on the thread that destroys it.
  virtual void context_ended() noexcept = 0;

 protected:
  ~shutdown_listener();
  /// Listens from now on until the end of this object; `self` is this. Call it once at most. The registry
  /// holds it weakly, so the owner of the last reference may be on any thread.
  void listen_to(boost::asio::execution_context& context, std::weak_ptr<shutdown_listener> self);

 private:
  std::shared_ptr<shutdown_registry> registry_;
  std::list<std::weak_ptr<shutdown_listener>>::iterator entry_;
};

}  // namespace corochain::detail
