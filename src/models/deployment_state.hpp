// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "codec/call_pause.hpp"
#include "codec/retry_budget.hpp"

namespace corochain::models {

/// What all calls of the process to one deployment share. Atomic: no call waits for another one here.
struct deployment_state {
  std::string endpoint;  ///< "https://host:port"
  codec::call_pause pause;
  codec::retry_budget budget;
  std::atomic<std::uint64_t> retries{0};
  std::atomic<std::uint64_t> pauses{0};
};

/// The state of the deployment that `key` names; equal keys share one for as long as somebody holds it, and until its
/// pause is over and its budget whole. Safe from any thread.
std::shared_ptr<deployment_state> deployment_for(const std::string& key, const std::string& endpoint);
/// All that are held.
std::vector<std::shared_ptr<deployment_state>> known_deployments();

}  // namespace corochain::models
