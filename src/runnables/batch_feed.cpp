// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/detail/batch_feed.hpp"

#include <algorithm>
#include <limits>

#include "corochain/core/error.hpp"
#include "corochain/core/result.hpp"
#include "observability/log_line.hpp"

// The parts of a batch that depend on no type: the way its options become a scope, the one input that is
// being awaited, and the report to a `BatchProgress`. `batch_items` is the part that knows the types; both
// run on the serial executor of the batch's run, so nothing here is locked.
namespace corochain::detail {

// A batch counts as one nested call: a step that calls a batch of itself would otherwise recurse without end.
scope_options scope_of(const BatchOptions& options, on_child_end on_end) {
  scope_options made;
  made.max_concurrency = options.max_concurrency;
  made.timeout = options.timeout;
  made.on_end = on_end;
  // The inputs may have no end: items that want their permit back go before new ones, and only so many may
  // have released theirs. Without this, failing items that wait would let the batch draw and draw.
  made.draws_inputs = true;
  made.counts_as_call = true;
  return made;
}

// With four times the running items, three results for each of them may wait for a straggler before the batch
// stalls. 256 bounds the memory of a batch whose items are not limited.
std::size_t reorder_window_of(const BatchOptions& options) noexcept {
  if (options.reorder_window > 0) return options.reorder_window;
  // The product below must not overflow.
  constexpr std::size_t most = std::numeric_limits<std::size_t>::max() / 4;
  return options.max_concurrency > 0 ? 4 * std::min(options.max_concurrency, most) : 256;
}

// The phase says that nothing was sent for this input.
std::exception_ptr not_asked_in_time() {
  ErrorDetails details;
  details.phase = Phase::queued;
  return make_error(ErrorKind::timeout,
                    "the time for the whole batch was over before this question was asked",
                    std::move(details));
}

// The child that draws the input is the one that will be the item, so a draw holds the permit of that item.
awaitable<void> batch_feed::draw(awaitable<void> one) {
  try {
    co_await std::move(one);
  } catch (...) {
    // An input that cannot be drawn is no item's failure: it ends the batch, also one that keeps going.
    if (const auto scope = scope_.lock()) end_early(scope, std::current_exception());
  }
}

void batch_feed::end_draw(std::size_t index, bool drawn) {
  drawing_ = false;
  // The scope gave this child an index before anybody knew that there is no input for it.
  if (!drawn) no_item_ = index;
  // `may_start` was false while the input was awaited, so the scope has to be asked again.
  if (const auto scope = scope_.lock()) start_more(scope);
}

bool batch_feed::time_is_over() const noexcept {
  const auto scope = scope_.lock();
  return scope && is_past_deadline(*scope);
}

void batch_feed::item_ended(std::size_t index) noexcept {
  // The child that found the end of the inputs is no item.
  if (no_item_ == index) return;
  ++done_;
  // `item_failed` was called directly before, for the same item, or not at all.
  const std::exception_ptr error = std::exchange(error_, nullptr);
  if (error) ++failed_;
  if (!progress_) return;
  try {
    // An empty Failure is never shown: the status has a null pointer then.
    const Failure failure = error ? Failure(error) : Failure();
    const auto scope = scope_.lock();
    const std::size_t running = scope ? running_children(*scope) : 0;
    progress_->on_item({index, error ? &failure : nullptr, done_, failed_, total_, running});
  } catch (...) {  // a listener must not end the batch
    log_failed_progress(index);
  }
}

void log_failed_progress(std::size_t index) {
  log_failed_callback([index](log_line& line) {
    line.add("event", "on_item").add("name", "BatchProgress").add("index", static_cast<std::int64_t>(index));
  });
}

}  // namespace corochain::detail
