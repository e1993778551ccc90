// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "concurrency/run_context.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include "concurrency/run_settings.hpp"
#include "concurrency/spawn.hpp"
#include "corochain/core/error.hpp"

namespace corochain::detail {
namespace asio = boost::asio;
namespace {

using any_strand = asio::strand<asio::any_io_executor>;
using loop_strand = asio::strand<asio::io_context::executor_type>;
using pool_strand = asio::strand<asio::thread_pool::executor_type>;

const asio::any_io_executor& without_context(const asio::any_io_executor& executor) noexcept {
  const auto* ours = executor.target<run_executor>();
  return ours ? ours->serial() : executor;
}

}  // namespace

run_location locate_run(const asio::any_io_executor& executor) {
  run_location location;
  if (const auto* ours = executor.target<run_executor>()) {
    // A coroutine that `offload` sent to another executor. Its calls go back to the run, while that lasts.
    if (const auto& origin = ours->context()->return_path) {
      if (!origin->context || origin->context->run->ended) return locate_run(ours->serial());
      location.context = origin->context;
      location.clock = origin->context->run->clock;
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

// A socket with the executor of a run or a strand would keep that alive for as long as it lies in a pool.
asio::any_io_executor io_executor(const asio::any_io_executor& executor) {
  if (const auto* ours = executor.target<run_executor>()) return io_executor(ours->serial());
  if (const auto* strand = executor.target<any_strand>()) return io_executor(strand->get_inner_executor());
  if (const auto* strand = executor.target<loop_strand>()) return strand->get_inner_executor();
  if (const auto* strand = executor.target<pool_strand>()) return strand->get_inner_executor();
  return executor;
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

child_context context_below(const asio::any_io_executor& here) {
  const run_location location = locate_run(here);
  child_context child;
  child.context = location.context ? std::make_shared<run_context>(*location.context) : new_run(location);
  child.parent = location.context;
  if (location.context && !location.on_it) begin_call(*child.context);
  return child;
}

awaitable<void> run_below(child_context child, awaitable<void> body, std::shared_ptr<child_stop> stop) {
  // Kept, because the context is moved below.
  const auto run = child.context->run;
  // A new run ends with its outermost frame. The flag shares ownership with the run that it is a member of.
  std::shared_ptr<std::atomic<bool>> ended;
  if (!child.parent) ended = {run, &run->ended};
  return spawn_and_wait(executor_of(run->serial, std::move(child.context)), std::move(body), nullptr,
                        std::move(stop), std::move(ended));
}

}  // namespace corochain::detail
