// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>
#include <string>

#include "codec/retry/admission_pacer.hpp"
#include "codec/retry/retry_budget.hpp"

namespace corochain::models {

/// The state that all calls of the process to one deployment share, on all execution contexts: a service
/// counts its clients by their key and not by their loops. Atomic, except for callers that the pacer makes
/// wait anyway.
struct deployment_state {
  /// The pause that a refusal asked for, and the rate at which calls are taken after it.
  codec::admission_pacer pacer;
  /// Bounds the retries to a part of the calls that succeed, so that they do not double the load of a service
  /// that fails broadly.
  codec::retry_budget budget;
};

/// The state of the deployment that `key` names; equal keys share one. It is kept as long as it has an owner,
/// limits calls, or has a budget that is not whole. Safe from any thread.
std::shared_ptr<deployment_state> deployment_for(const std::string& key);

}  // namespace corochain::models
