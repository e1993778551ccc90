// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/deployment_state.hpp"

#include <map>
#include <mutex>

namespace corochain::models {
namespace {

/// Never destroyed: models of static objects may outlive any order.
struct registry {
  std::mutex mutex;
  std::map<std::string, std::weak_ptr<deployment_state>> states;
};
registry& the_registry() {
  static registry* const made = new registry;
  return *made;
}

}  // namespace

std::shared_ptr<deployment_state> deployment_for(const std::string& key, const std::string& endpoint) {
  auto& all = the_registry();
  const std::lock_guard lock(all.mutex);
  std::erase_if(all.states, [](const auto& each) { return each.second.expired(); });
  auto& known = all.states[key];
  auto state = known.lock();
  if (!state) {
    state = std::make_shared<deployment_state>();
    state->endpoint = endpoint;
    known = state;
  }
  return state;
}

std::vector<std::shared_ptr<deployment_state>> known_deployments() {
  std::vector<std::shared_ptr<deployment_state>> held;
  auto& all = the_registry();
  const std::lock_guard lock(all.mutex);
  for (const auto& each : all.states)
    if (auto state = each.second.lock()) held.push_back(std::move(state));
  return held;
}

}  // namespace corochain::models
