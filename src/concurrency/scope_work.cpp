// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/concurrency/detail/scope_work.hpp"

#include <boost/asio/this_coro.hpp>
#include <utility>

#include "concurrency/task_scope.hpp"
#include "corochain/concurrency/detail/enter_run.hpp"
#include "corochain/core/error.hpp"

namespace corochain::detail {
namespace asio = boost::asio;

scope_work::~scope_work() = default;

scope_options scope_of(const ConcurrencyOptions& options, on_child_end on_end) noexcept {
  scope_options made;
  made.max_concurrency = options.max_concurrency;
  made.timeout = options.timeout;
  made.on_end = on_end;
  return made;
}

std::exception_ptr time_over(const char* what) {
  ErrorDetails details;
  details.phase = Phase::batch;
  return make_error(ErrorKind::timeout, what, std::move(details));
}

std::exception_ptr not_begun_in_time() {
  ErrorDetails details;
  details.phase = Phase::queued;
  return make_error(ErrorKind::timeout, "the time for all calls together was over before this one began",
                    std::move(details));
}

void start_more(const std::shared_ptr<task_scope>& scope) { scope->start_more(); }
std::size_t running_children(const task_scope& scope) noexcept { return scope.running(); }
bool is_past_deadline(const task_scope& scope) noexcept { return scope.is_past_deadline(); }
void end_early(const std::shared_ptr<task_scope>& scope, std::exception_ptr error) {
  scope->end_early(std::move(error));
}

namespace {

awaitable<void> run_all_here(std::shared_ptr<scope_work> work, scope_options options) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  const call_context context = context_on(here);
  co_await run_all(context, std::move(work), options);
}

}  // namespace

awaitable<void> run_all(call_context context, std::shared_ptr<scope_work> work, scope_options options) {
  const auto scope = std::make_shared<task_scope>(context.state(), std::move(work), options);
  co_await scope->join();
  // Where failures are stored, so is the timeout: each child that it ended has it as its failure.
  scope->rethrow(options.on_end == on_child_end::cancel_on_failure);
}

awaitable<void> run_all(std::shared_ptr<scope_work> work, scope_options options) {
  return enter_run(run_all_here(std::move(work), options));
}

}  // namespace corochain::detail
