// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/concurrency/call_context.hpp"

#include <utility>

#include "concurrency/run_context.hpp"
#include "concurrency/run_settings.hpp"
#include "concurrency/run_stop.hpp"
#include "concurrency/spawn.hpp"

namespace corochain {
namespace asio = boost::asio;

call_context::call_context(std::shared_ptr<const detail::run_context> state) noexcept
    : state_(std::move(state)), observed_(false), needs_permit_(state_ && state_->unheld > 0) {
  const auto* settings = state_ ? state_->settings.get() : nullptr;
  if (!settings) return;
  // Asked for once here: each step asks, and most runs have no listener.
  const bool has_name = !settings->run_name.empty() && settings->named_below == state_->around;
  observed_ = has_name || !settings->listeners.empty();
}

std::optional<Failure> call_context::stop_cause() const {
  if (!state_) return std::nullopt;
  const auto* const stop = detail::run_stop::requested(state_->stop);
  if (!stop) return std::nullopt;
  return Failure(stop->cause());
}

namespace detail {

call_context context_on(const asio::any_io_executor& here) { return call_context(locate_run(here).context); }

bool is_on(const asio::any_io_executor& here, const call_context& context) noexcept {
  const auto* ours = here.target<run_executor>();
  return ours && ours->context() == context.state();
}

// The context is not copied: the work below is on the same level of the run, with the same permit.
awaitable<void> run_on(const call_context& context, awaitable<void> body) {
  return spawn_and_wait(executor_of(context.state()->run->serial, context.state()), std::move(body));
}

}  // namespace detail
}  // namespace corochain
