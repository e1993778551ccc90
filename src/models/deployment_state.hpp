// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>
#include <string>

#include "codec/call_pause.hpp"
#include "codec/retry_budget.hpp"

namespace corochain::models {

/// What all calls of the process to one deployment share. Atomic: no call waits for another one here.
struct deployment_state {
  codec::call_pause pause;
  codec::retry_budget budget;
};

/// The state of the deployment that `key` names; equal keys share one for as long as somebody holds it, and until its
/// pause is over and its budget whole. Safe from any thread.
std::shared_ptr<deployment_state> deployment_for(const std::string& key);

}  // namespace corochain::models
