// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>
#include <string>

#include "codec/retry/admission_pacer.hpp"
#include "codec/retry/retry_budget.hpp"

namespace corochain::models {

/// The state that all calls of the process to one deployment share. Atomic, except for callers that the pacer
/// makes wait anyway.
struct deployment_state {
  codec::admission_pacer pacer;
  codec::retry_budget budget;
};

/// The state of the deployment that `key` names; equal keys share one. It is kept as long as it has an owner,
/// limits calls, or has a budget that is not whole. Safe from any thread.
std::shared_ptr<deployment_state> deployment_for(const std::string& key);

}  // namespace corochain::models
