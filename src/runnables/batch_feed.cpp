// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/detail/batch_feed.hpp"

#include <algorithm>
#include <limits>

#include "corochain/core/error.hpp"
#include "corochain/core/result.hpp"
#include "observability/log_line.hpp"

namespace corochain::detail {

scope_options scope_of(const BatchOptions& options, on_child_end on_end) {
  scope_options made;
  made.max_concurrency = options.max_concurrency;
  made.timeout = options.timeout;
  made.on_end = on_end;
  made.draws_inputs = true;
  made.counts_as_call = true;
  return made;
}

std::size_t reorder_window_of(const BatchOptions& options) noexcept {
  if (options.reorder_window > 0) return options.reorder_window;
  constexpr std::size_t most = std::numeric_limits<std::size_t>::max() / 4;
  return options.max_concurrency > 0 ? 4 * std::min(options.max_concurrency, most) : 256;
}

std::exception_ptr not_asked_in_time() {
  ErrorDetails details;
  details.phase = Phase::queued;
  return make_error(ErrorKind::timeout,
                    "the time for the whole batch was over before this question was asked",
                    std::move(details));
}

awaitable<void> batch_feed::draw(awaitable<void> one) {
  try {
    co_await std::move(one);
  } catch (...) {
    if (const auto scope = scope_.lock()) end_early(scope, std::current_exception());
  }
}

void batch_feed::end_draw(std::size_t index, bool drawn) {
  drawing_ = false;
  if (!drawn) no_item_ = index;
  if (const auto scope = scope_.lock()) start_more(scope);
}

void batch_feed::item_ended(std::size_t index) noexcept {
  if (no_item_ == index) return;
  ++done_;
  const std::exception_ptr error = std::exchange(error_, nullptr);
  if (error) ++failed_;
  if (!progress_) return;
  try {
    const Failure failure = error ? Failure(error) : Failure();
    progress_->on_item({index, error ? &failure : nullptr, done_, failed_, total_});
  } catch (...) {  // a listener must not end the batch
    log_failed_callback([index](log_line& line) {
      line.add("event", "on_item")
          .add("name", "BatchProgress")
          .add("index", static_cast<std::int64_t>(index));
    });
  }
}

}  // namespace corochain::detail
