// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>
#include <string>

#include "codec/retry/admission_pacer.hpp"
#include "codec/retry/retry_budget.hpp"

namespace corochain::models {

/// What all calls of the process to one deployment share. Atomic, but for callers that the pacer makes wait anyway.
struct deployment_state {
  codec::admission_pacer pacer;
  codec::retry_budget budget;
};

/// The state of the deployment that `key` names; equal keys share one for as long as somebody holds it, and until its
/// calls are limited no more and its budget is whole. Safe from any thread.
std::shared_ptr<deployment_state> deployment_for(const std::string& key);

}  // namespace corochain::models
