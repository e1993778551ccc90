// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/deployment_gate.hpp"

#include <algorithm>

#include "observability/log_line.hpp"

namespace corochain::models {
namespace {

detail::gate_decision refused(const detail::gate_refusal& why) { return {.passes = false, .refusal = why}; }

/// The refusal of an attempt whose turn, in `wait`, is behind its deadline. To wait for it would only delay
/// the same error.
detail::gate_decision too_late(codec::admission_pacer::clock::duration wait) {
  return refused({ErrorKind::timeout, std::max(wait, wait.zero()), "turn_too_late",
                  "the deployment accepts calls more slowly than they come, and the turn of this one did not "
                  "come before its deadline; raise timeout, or make fewer calls at once"});
}

}  // namespace

deployment_gate::deployment_gate(const service_settings& settings, transport::in_flight_call& call)
    : settings_(settings), call_(call), caller_(settings.deployment->pacer) {}

detail::gate_decision deployment_gate::ask(time_point now, time_point deadline) {
  // An attempt that waited until its deadline takes no turn from those that have time left.
  if (turn_ && now >= deadline) return too_late(*turn_ - now);
  // The pacer sends it now, names the time to ask again, or names the end of a pause.
  const codec::admission_pacer::decision said = caller_.ask(now);
  sent_ = said.sent;
  turn_.reset();
  if (sent_) return {};
  if (said.pause_end > now && said.pause_end >= deadline)
    return refused({ErrorKind::rate_limit, said.pause_end - now, "paused_too_long",
                    "the deployment refuses most calls, and the pause that this calls for lasts longer than "
                    "this call may take; try again after retry_after(), or raise timeout"});
  if (now >= deadline) return too_late(said.ask_again - now);
  turn_ = said.ask_again;
  // The wait ends at the deadline at the latest. Asked again then, the gate refuses.
  return {.passes = false, .ask_again = std::min(said.ask_again, deadline)};
}

/// Begins no pause for advice that is too long to wait for: it concerns this call alone.
void deployment_gate::ended(const detail::attempt_end& end) {
  if (end.answered || end.kind != ErrorKind::rate_limit || !end.retryable) return;
  const auto advised = end.record.retry_after;
  if (!sent_) return;
  if (advised && (*advised <= advised->zero() || *advised > settings_.retries.max_retry_after)) return;
  if (!settings_.deployment->pacer.refused(*sent_, end.at, end.record.timing.first_byte, advised,
                                           settings_.uniform01()))
    return;
  call_.count_pause();
  if (detail::log_wants(LogLevel::warning))
    detail::log_line(LogLevel::warning, "deployment.paused")
        .add("endpoint", settings_.to->name)
        .add("for", advised.value_or(codec::admission_pacer::guessed_wait))
        .write();
}

}  // namespace corochain::models
