// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <vector>

#include "corochain/concurrency/call_context.hpp"
#include "corochain/concurrency/detail/result_queue.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/detail/durations.hpp"
#include "corochain/core/export.hpp"

namespace corochain::detail {

class fan_out;

/// Where the children of a fan-out come from and where their failures go. Used on the run's serial executor only.
class COROCHAIN_EXPORT fan_out_work {
 public:
  virtual ~fan_out_work();
  /// The next child, which keeps its value somewhere by itself; an invalid awaitable when there are no more. Asked
  /// only when there is room for it. May throw, which ends the fan-out with that exception. Override one of the two.
  /// The child's `context` also rides on its executor, and lives until the child has ended.
  virtual awaitable<void> next(std::size_t index);
  virtual awaitable<void> next_in(std::size_t index, const call_context& context);
  /// A child ended with an exception, in a fan-out that goes on nevertheless.
  virtual void failed(std::size_t index, std::exception_ptr error) = 0;
  /// Whether another child may be asked for: false while the next input is being drawn, or where enough is held.
  virtual bool may_draw() const noexcept;
  /// Child `index` has ended, and was told to `failed` if it failed.
  virtual void ended(std::size_t index);
  /// Of one that grows: whether there is another child now.
  virtual bool has_next() const noexcept;
  /// The same, or whether one is on its way.
  virtual bool expects_more() const noexcept;
  /// A failure or the end of the time is about to cancel the children.
  virtual void failing();
  /// What a timeout of the whole is told as.
  virtual std::exception_ptr timed_out() const;
  /// Before the first child: `engine` is what runs them.
  virtual void begins(const std::shared_ptr<fan_out>& engine);
};

struct fan_out_options {
  std::size_t max_concurrency = 0;                ///< children that run at once; 0: no limit of its own
  std::chrono::steady_clock::duration timeout{};  ///< over the whole; 0: none of its own
  bool cancel_on_failure = true;   ///< the first failure cancels the rest and is thrown at the end
  bool cancel_on_success = false;  ///< the first child that ends without an exception cancels the rest
  bool grows = false;              ///< more children may come until a wait for all finds none left
  bool draws = false;              ///< children are made of inputs that are drawn as there is room
  bool is_call = false;            ///< counts as a call in a call, for the recursion limit
};

/// For a child: `may_draw` has become true.
COROCHAIN_EXPORT void draw_on(const std::shared_ptr<fan_out>& engine);
/// For a child: cancels all others and ends the fan-out with `error`.
COROCHAIN_EXPORT void end_early(const std::shared_ptr<fan_out>& engine, std::exception_ptr error);

/// A `TimeoutError` of a fan-out as a whole.
COROCHAIN_EXPORT std::exception_ptr time_over(const char* what);

/// A `ConfigError`: the call with this index, of those that are to be awaited, was awaited or moved elsewhere before.
[[noreturn]] COROCHAIN_EXPORT void throw_spent_call(std::size_t index);

/// An awaitable is good for one await; an empty one would count as the end of the calls.
template <class T>
void check_call(const awaitable<T>& call, std::size_t index = 0) {
  if (!call.valid()) throw_spent_call(index);
}
template <class T>
const std::vector<awaitable<T>>& check_calls(const std::vector<awaitable<T>>& calls) {
  for (std::size_t i = 0; i < calls.size(); ++i) check_call(calls[i], i);
  return calls;
}

/// Runs all children below `context` and returns when every one has ended. To be awaited in its run.
COROCHAIN_EXPORT awaitable<void> run_all(call_context context, std::shared_ptr<fan_out_work> work,
                                         fan_out_options options);
/// The same below the awaiting coroutine's context, or as a new run.
COROCHAIN_EXPORT awaitable<void> run_all(std::shared_ptr<fan_out_work> work, fan_out_options options);

/// A fan-out whose results are taken one by one while it goes on.
class COROCHAIN_EXPORT completion_stream {
 public:
  /// The children of `work` put their results into `results`.
  completion_stream(std::shared_ptr<fan_out_work> work, std::shared_ptr<result_queue_base> results,
                    fan_out_options options);
  /// Below `context`. Else the first `next()` finds the one around it.
  completion_stream(const call_context& context, std::shared_ptr<fan_out_work> work,
                    std::shared_ptr<result_queue_base> results, fan_out_options options);
  completion_stream(completion_stream&&) noexcept;
  completion_stream& operator=(completion_stream&&) noexcept;
  /// Cancels what runs; the frames unwind on their loop soon after.
  ~completion_stream();

  /// Waits for a result, which the queue then has handed out; false when all children have ended. Starts the children
  /// when it is called first.
  awaitable<bool> next();
  /// Cancels what runs and waits until all children have ended.
  awaitable<void> close();
  /// Cancels what runs, without a wait; nothing begins any more. To be called where the stream is used.
  void stop() noexcept;

 private:
  struct state;
  static awaitable<bool> next_of(std::shared_ptr<state> stream);
  static awaitable<void> close_of(std::shared_ptr<state> stream);
  std::shared_ptr<state> state_;
};

}  // namespace corochain::detail
