// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/deployment_state.hpp"

#include <map>
#include <mutex>

namespace corochain::models {
namespace {

/// Never destroyed, because models in static objects may outlive any other object. A state with something to
/// remember stays when the last model is gone: a program that makes a model for each call keeps the pause
/// that the last one was asked for.
struct registry {
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<deployment_state>> states;

  /// Call it with the lock held. Each new model does, so that the map is no larger than the number of
  /// deployments in use or under a limit.
  void forget_what_is_over() {
    const auto now = codec::admission_pacer::clock::now();
    std::erase_if(states, [&](const auto& each) {
      const deployment_state& state = *each.second;
      return each.second.use_count() == 1 && !state.pacer.limits(now) && state.budget.spent() == 0;
    });
  }
};
registry& the_registry() {
  static registry* const made = new registry;
  return *made;
}

}  // namespace

/// The lock is held for a look-up and is taken once for each model that is made, and by no call.
std::shared_ptr<deployment_state> deployment_for(const std::string& key) {
  auto& all = the_registry();
  const std::lock_guard lock(all.mutex);
  all.forget_what_is_over();
  auto& known = all.states[key];
  if (!known) known = std::make_shared<deployment_state>();
  return known;
}

}  // namespace corochain::models
