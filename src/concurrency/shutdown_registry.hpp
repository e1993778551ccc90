// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/execution_context.hpp>
#include <list>
#include <memory>
#include <mutex>

namespace corochain::detail {

/// An object with a completion handler that no queue of Asio holds. The handler owns the frames that own the
/// object, so the object must destroy the handler when the execution context is destroyed.
class shutdown_listener {
 public:
  /// Called when the execution context is being destroyed, on the thread that destroys it.
  virtual void context_ended() noexcept = 0;

 protected:
  ~shutdown_listener() = default;
};

/// The listeners of one execution context. Safe from any thread; may outlive the context.
class shutdown_registry {
 public:
  using entry = std::list<std::weak_ptr<shutdown_listener>>::iterator;

  static std::shared_ptr<shutdown_registry> of(boost::asio::execution_context& context);

  entry add(std::weak_ptr<shutdown_listener> listener);
  void remove(entry which) noexcept;

 private:
  class service;
  void close() noexcept;

  std::mutex mutex_;
  std::list<std::weak_ptr<shutdown_listener>> listeners_;
};

}  // namespace corochain::detail
