// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "concurrency/shutdown_registry.hpp"

#include <vector>

namespace corochain::detail {
namespace asio = boost::asio;

/// Asio makes one for each context on first use, and destroys it with the context. The registry is shared, as
/// a listener that outlives the context still leaves it.
class shutdown_registry::service final : public asio::execution_context::service {
 public:
  using key_type = service;
  inline static asio::execution_context::id id;
  explicit service(asio::execution_context& context)
      : asio::execution_context::service(context), registry(std::make_shared<shutdown_registry>()) {}

  const std::shared_ptr<shutdown_registry> registry;

 private:
  void shutdown() override { registry->close(); }
};

shutdown_listener::~shutdown_listener() {
  if (!registry_) return;
  const std::lock_guard lock(registry_->mutex_);
  registry_->listeners_.erase(entry_);
}

void shutdown_listener::listen_to(asio::execution_context& context, std::weak_ptr<shutdown_listener> self) {
  registry_ = asio::use_service<shutdown_registry::service>(context).registry;
  const std::lock_guard lock(registry_->mutex_);
  entry_ = registry_->listeners_.insert(registry_->listeners_.end(), std::move(self));
}

void shutdown_registry::close() noexcept {
  // A copy, because an ended listener may remove others: the lock is released meanwhile.
  std::vector<std::shared_ptr<shutdown_listener>> listeners;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& each : listeners_)
      if (auto listener = each.lock()) listeners.push_back(std::move(listener));
  }
  for (const auto& listener : listeners) listener->context_ended();
}

}  // namespace corochain::detail
