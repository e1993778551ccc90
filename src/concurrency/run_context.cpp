// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "concurrency/run_context.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>

#include "concurrency/run_settings.hpp"
#include "concurrency/spawn.hpp"
#include "corochain/concurrency/call_context.hpp"
#include "corochain/concurrency/detail/enter_run.hpp"
#include "corochain/concurrency/run.hpp"
#include "corochain/core/error.hpp"

namespace corochain::detail {
namespace asio = boost::asio;
namespace {

using any_strand = asio::strand<asio::any_io_executor>;
using loop_strand = asio::strand<asio::io_context::executor_type>;
using pool_strand = asio::strand<asio::thread_pool::executor_type>;

/// The flag that is set when the run's outermost frame ends.
std::shared_ptr<std::atomic<bool>> end_of(const run_context& context) {
  return std::shared_ptr<std::atomic<bool>>(context.run, &context.run->ended);
}

const asio::any_io_executor& without_context(const asio::any_io_executor& executor) noexcept {
  const auto* ours = executor.target<run_executor>();
  return ours ? ours->serial() : executor;
}

}  // namespace

run_location locate_run(const asio::any_io_executor& executor) {
  run_location location;
  if (const auto* ours = executor.target<run_executor>()) {
    if (const auto& origin = ours->context()->return_path) {
      if (!origin->context || origin->context->run->ended) return locate_run(ours->serial());
      location.context = origin->context;
      location.serial = origin->serial;
      return location;
    }
    location.serial = ours->serial();
    location.on_it = true;
    if (const auto& run = ours->context()->run) {
      location.clock = run->clock;
      if (!run->ended) location.context = ours->context();
    }
    return location;
  }
  if (const auto* strand = executor.target<any_strand>()) {
    run_location inner = locate_run(strand->get_inner_executor());
    inner.on_it = false;
    if (inner.context) return inner;
    // A strand is serial without another one.
    inner.serial = executor;
    inner.needs_strand = false;
    return inner;
  }
  location.serial = executor;
  location.needs_strand = !executor.target<loop_strand>() && !executor.target<pool_strand>();
  return location;
}

std::shared_ptr<const run_context> context_of_stream(const run_location& location,
                                                     run_context::time_point made) {
  auto context = location.context;
  while (context && made <= context->limited_since) context = context->outside;
  return context;
}

asio::any_io_executor serial_of(const run_location& location) {
  if (!location.needs_strand) return location.serial;
  // The type of the loop's executor is tested, because a strand over a type-erased executor pays an
  // allocation for every query.
  if (const auto* loop = location.serial.target<asio::io_context::executor_type>())
    return asio::make_strand(*loop);
  if (const auto* pool = location.serial.target<asio::thread_pool::executor_type>())
    return asio::make_strand(*pool);
  return asio::make_strand(location.serial);
}

std::shared_ptr<run_context> new_run(const run_location& location) {
  auto context = std::make_shared<run_context>();
  context->run = std::make_shared<run_state>(serial_of(location), location.clock);
  return context;
}

std::shared_ptr<const run_context> begin_run(const run_location& location,
                                             std::shared_ptr<const run_context> around,
                                             std::shared_ptr<run_state>& own) {
  if (around) return around;
  auto context = new_run(location);
  own = context->run;
  return context;
}

bool runs_on(const asio::any_io_executor& here, const asio::any_io_executor& of_run) noexcept {
  return without_context(here) == without_context(of_run);
}

asio::any_io_executor io_executor(const asio::any_io_executor& executor) {
  if (const auto* ours = executor.target<run_executor>()) return io_executor(ours->serial());
  if (const auto* strand = executor.target<any_strand>()) return io_executor(strand->get_inner_executor());
  if (const auto* strand = executor.target<loop_strand>()) return strand->get_inner_executor();
  if (const auto* strand = executor.target<pool_strand>()) return strand->get_inner_executor();
  return executor;
}

bool in_run(const asio::any_io_executor& executor) noexcept {
  const auto* ours = executor.target<run_executor>();
  return ours && !ours->context()->return_path && ours->context()->run && !ours->context()->run->ended;
}

void rethrow_in_our_words(bool cancelled) {
  try {
    throw;
  } catch (const Error&) {
    throw;
  } catch (const boost::system::system_error& error) {
    if (!cancelled || error.code() != ErrorCondition::cancelled) throw;
  }
  throw CancelledError("the call was cancelled");
}

void begin_call(const run_context& context) {
  const std::size_t most =
      context.settings ? context.settings->recursion_limit : run_settings().recursion_limit;
  if (context.depth >= most)
    throw ConfigError("calls are nested deeper than the recursion limit of " + std::to_string(most) +
                      "; a chain may call itself without end. If not, raise RunConfig::recursion_limit");
  ++context.depth;
}

std::shared_ptr<const run_context> context_of_call(const run_context& around) {
  auto context = std::make_shared<run_context>(around);
  begin_call(*context);
  return context;
}

nested_call::nested_call(const asio::any_io_executor& here) {
  if (!detail::in_run(here)) return;
  const auto& context = here.target<run_executor>()->context();
  begin_call(*context);
  context_ = context.get();
}
nested_call::nested_call(const call_context& context) {
  begin_call(*context.state());
  context_ = context.state().get();
}
nested_call::~nested_call() {
  if (context_) --context_->depth;
}

child_context context_below(const asio::any_io_executor& here) {
  const run_location location = locate_run(here);
  child_context child;
  child.context = location.context ? std::make_shared<run_context>(*location.context) : new_run(location);
  child.parent = location.context;
  if (location.context && !location.on_it) begin_call(*child.context);
  return child;
}

awaitable<void> run_below(child_context child, awaitable<void> body, std::shared_ptr<child_stop> stop) {
  auto ended = child.parent ? nullptr : end_of(*child.context);
  const asio::any_io_executor serial = child.context->run->serial;
  return spawn_and_wait(executor_of(serial, std::move(child.context)), std::move(body), nullptr,
                        std::move(stop), std::move(ended));
}

call_context context_on(const asio::any_io_executor& here) { return call_context(locate_run(here).context); }

bool is_on(const asio::any_io_executor& here, const call_context& context) noexcept {
  const auto* ours = here.target<run_executor>();
  return ours && ours->context() == context.state();
}

awaitable<void> run_on(const call_context& context, awaitable<void> body) {
  return spawn_and_wait(executor_of(context.state()->run->serial, context.state()), std::move(body));
}

awaitable<void> enter_run(awaitable<void> body) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  if (detail::in_run(here)) {
    co_await std::move(body);
    co_return;
  }
  child_context child = context_below(here);
  const bool is_new = !child.parent;
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  try {
    co_await run_below(std::move(child), std::move(body));
  } catch (...) {
    if (!is_new) throw;
    rethrow_in_our_words(cancellation.cancelled() != asio::cancellation_type::none);
  }
}

}  // namespace corochain::detail

namespace corochain {

call_context::call_context(std::shared_ptr<const detail::run_context> state) noexcept
    : state_(std::move(state)), observed_(false) {
  const auto* settings = state_ ? state_->settings.get() : nullptr;
  if (!settings) return;
  const bool has_name = !settings->run_name.empty() && settings->named_below == state_->around;
  observed_ = has_name || !settings->listeners.empty();
}

awaitable<std::optional<std::chrono::steady_clock::time_point>> run_deadline() {
  const boost::asio::any_io_executor here = co_await boost::asio::this_coro::executor;
  const detail::run_location location = detail::locate_run(here);
  if (!location.context || location.context->deadline == detail::run_context::time_point::max())
    co_return std::nullopt;
  co_return location.context->deadline;
}

}  // namespace corochain
