// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <optional>

#include "codec/retry/admission_pacer.hpp"
#include "concurrency/attempt_gate.hpp"
#include "models/service_settings.hpp"
#include "transport/connection_pool.hpp"

namespace corochain::models {

/// Holds an attempt back while its deployment pauses or takes calls one by one. Begins a pause when the
/// deployment refuses most attempts.
///
/// Each `model_call` has one, and asks it on its own executor. The state behind it, `admission_pacer`, is
/// that of all calls of the process to the deployment: a thousand callers that each back off on their own
/// would together keep the deployment busy with refusals.
class deployment_gate final : public detail::attempt_gate {
 public:
  /// `settings` have a deployment. Both arguments live as long as this.
  deployment_gate(const service_settings& settings, transport::in_flight_call& call);

  detail::gate_decision ask(time_point now, time_point deadline) override;
  void ended(const detail::attempt_end& end) override;

 private:
  const service_settings& settings_;
  transport::in_flight_call& call_;
  codec::admission_pacer::caller caller_;
  // The departure of the last attempt, once it may be sent. The pacer is told of its end.
  std::optional<codec::admission_pacer::departure> sent_;
  // When an attempt that waits has its turn, as far as that is known.
  std::optional<time_point> turn_;
};

}  // namespace corochain::models
