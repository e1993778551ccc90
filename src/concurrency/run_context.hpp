// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/require.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

#include "concurrency/concurrency_budget.hpp"
#include "corochain/core/awaitable.hpp"

namespace corochain::detail {

// The state of a run, the executor that carries it, and the ways to find it. The library's own code passes a
// `run_context` down as an argument, mostly by its public handle, the `call_context`. Through the coroutines
// of users it goes on a `run_executor`, and `locate_run` finds it there.

class call_log;
struct run_info;
class child_stop;
class run_clock;
class run_stop;
struct run_settings;
struct run_context;

/// The run that a coroutine on another executor came from. Empty when the coroutine has ended.
struct run_origin {
  std::shared_ptr<const run_context> context;
  boost::asio::any_io_executor serial;
};

/// The state that one top-level call shares. Every context of the run holds it, and so may a stream that
/// outlives the run: `ended` tells it that nothing may begin any more.
struct run_state {
  explicit run_state(boost::asio::any_io_executor on, std::shared_ptr<run_clock> its_clock = nullptr)
      : serial(std::move(on)), clock(std::move(its_clock)) {}
  /// Runs one thread at a time; carries no context.
  const boost::asio::any_io_executor serial;
  /// The clock that the timers of the run wait on. Null for the real clock.
  const std::shared_ptr<run_clock> clock;
  /// Set when the outermost frame is gone. Atomic, because a coroutine on another executor reads it.
  std::atomic<bool> ended{false};
  /// The budgets of the run that wait for a permit.
  permit_queue permits;
};

/// The state that work inherits from the work around it. Immutable, except for the objects that it points to.
/// A scope makes a new one for its children.
struct run_context {
  using time_point = std::chrono::steady_clock::time_point;

  /// Null only in the mark of a private loop, whose runs need no strand. The mark of a loop with a clock of
  /// its own has a run that has ended.
  std::shared_ptr<run_state> run;
  time_point deadline = time_point::max();
  /// The innermost of the stops that may end this work early; null if there is none.
  std::shared_ptr<run_stop> stop;
  /// The innermost limit in force, null if there is none.
  std::shared_ptr<concurrency_limit> limits;
  /// The permit of the task that this work belongs to, null if it counts in no limit.
  std::shared_ptr<task_permit> permit;
  /// The log of model calls, null if no caller asked for one.
  std::shared_ptr<call_log> log;
  /// Null if no configuration sets anything.
  std::shared_ptr<const run_settings> settings;
  /// The run of the step around this work, if there are listeners.
  std::shared_ptr<const run_info> around;
  /// The number of nested calls down to this work.
  mutable std::uint32_t depth = 0;
  /// The number of innermost limits that `permit` does not count in. While there are any, a call takes a
  /// permit for itself: see `held_permit`.
  std::uint32_t unheld = 0;
  /// For work that was sent to another executor; null on the run's own executor.
  std::shared_ptr<const run_origin> return_path;
  /// The time since which the innermost `timeout` around this work limits it. It says which of a `timeout`
  /// and a stream was first, so it is read from the real clock always.
  time_point limited_since = time_point::min();
  /// The context around that `timeout`; null if it is outside of a run.
  std::shared_ptr<const run_context> outside;
};

inline held_permit permit_in(const run_context& context) {
  return {context.limits, context.permit, context.unheld};
}

/// Counts one call more below `context`. Throws a `ConfigError` if it is deeper than the recursion limit.
void begin_call(const run_context& context);

/// A copy for one call below `around`, which counts as one more.
std::shared_ptr<const run_context> context_of_call(const run_context& around);

/// The executor of everything in a run: the run's serial executor with the context beside it. Every coroutine
/// that runs on it, a user's included, passes it on without knowing.
///
/// It is put into an `any_io_executor`, from which `target<run_executor>()` takes it out again. So it has all
/// properties that Asio asks of an I/O executor, and answers each by the executor inside. A changed property
/// keeps the context.
class run_executor {
 public:
  run_executor(boost::asio::any_io_executor serial, std::shared_ptr<const run_context> context)
      : serial_(std::move(serial)),
        context_(std::move(context)),
        blocking_(boost::asio::query(serial_, boost::asio::execution::blocking)) {}

  const boost::asio::any_io_executor& serial() const noexcept { return serial_; }
  const std::shared_ptr<const run_context>& context() const noexcept { return context_; }

  boost::asio::execution::blocking_t query(const boost::asio::execution::blocking_t&) const noexcept {
    return blocking_;
  }
  template <class Property>
  auto query(const Property& property) const
      -> decltype(boost::asio::query(std::declval<const boost::asio::any_io_executor&>(), property)) {
    return boost::asio::query(serial_, property);
  }
  template <class Property>
  auto require(const Property& property) const
      -> std::enable_if_t<boost::asio::can_require_v<boost::asio::any_io_executor, Property>, run_executor> {
    return changed<Property>(boost::asio::require(serial_, property));
  }
  template <class Property>
  auto prefer(const Property& property) const
      -> std::enable_if_t<boost::asio::can_prefer_v<boost::asio::any_io_executor, Property>, run_executor> {
    return changed<Property>(boost::asio::prefer(serial_, property));
  }
  template <class F>
  void execute(F&& function) const {
    serial_.execute(std::forward<F>(function));
  }
  friend bool operator==(const run_executor& a, const run_executor& b) noexcept {
    return a.context_ == b.context_ && a.serial_ == b.serial_;
  }

 private:
  run_executor(boost::asio::execution::blocking_t blocking, boost::asio::any_io_executor serial,
               std::shared_ptr<const run_context> context) noexcept
      : serial_(std::move(serial)), context_(std::move(context)), blocking_(blocking) {}

  template <class Property>
  struct without_preference {
    using type = Property;
  };
  template <class Property>
  struct without_preference<boost::asio::execution::prefer_only<Property>> {
    using type = Property;
  };

  /// The blocking property is queried anew only where it may have changed.
  template <class Property>
  run_executor changed(boost::asio::any_io_executor serial) const {
    namespace execution = boost::asio::execution;
    using bare = typename without_preference<Property>::type;
    if constexpr (std::is_convertible_v<bare, execution::outstanding_work_t> ||
                  std::is_convertible_v<bare, execution::relationship_t>)
      return run_executor(blocking_, std::move(serial), context_);
    else
      return run_executor(std::move(serial), context_);
  }

  boost::asio::any_io_executor serial_;
  std::shared_ptr<const run_context> context_;
  // Kept, because Asio queries it often and each answer of `serial_` costs an allocation.
  boost::asio::execution::blocking_t blocking_;
};

/// The run that a coroutine is in, and how its executor relates to it.
struct run_location {
  /// Null outside a run; a run that has ended counts as outside.
  std::shared_ptr<const run_context> context;
  /// The run's serial executor, or the executor that a new run should use.
  boost::asio::any_io_executor serial;
  /// Whether the executor for a new run is not serial by itself.
  bool needs_strand = false;
  /// False below a strand that a user put around the run's executor, and on another executor.
  bool on_it = false;
  /// The clock of the run, or the one for a new run. Null for the real clock.
  std::shared_ptr<run_clock> clock;
};

/// Looks for a run in `executor`, through strands around it, and finds the path back from another executor.
run_location locate_run(const boost::asio::any_io_executor& executor);

/// The context of a stream that was made at `made`, when its first chunk is asked for in `location`; null for
/// a run of its own. A `timeout` around the asking alone, `timeout(30s, stream.next())`, is not around the
/// stream.
std::shared_ptr<const run_context> context_of_stream(const run_location& location,
                                                     run_context::time_point made);

/// The serial executor of the run found, or one for a new run.
boost::asio::any_io_executor serial_of(const run_location& location);

/// The time by which work that a limit around it should have cancelled ends by itself. Such work has left the
/// limit: a stream that was begun in a `timeout` and read on behind it, or a coroutine that a user spawned.
/// While the limit is there, it comes first, so that the end has one cause.
constexpr std::chrono::steady_clock::duration grace = std::chrono::seconds(1);

/// The context of a new run that begins at `location`, on a strand if one is needed.
std::shared_ptr<run_context> new_run(const run_location& location);

/// The context for work that begins at `location`: `around`, or if that is null the context of a new run. The
/// new run is kept in `own`, whose owner ends it.
std::shared_ptr<const run_context> begin_run(const run_location& location,
                                             std::shared_ptr<const run_context> around,
                                             std::shared_ptr<run_state>& own);

/// The executor for sockets and timers that outlive a run: without the run and without strands.
boost::asio::any_io_executor io_executor(const boost::asio::any_io_executor& executor);

/// Whether a coroutine on `here` runs on the serial executor of the run that `of_run` belongs to, so that it
/// may await work of that run itself. `here` may carry another context than `of_run`, or none.
bool runs_on(const boost::asio::any_io_executor& here, const boost::asio::any_io_executor& of_run) noexcept;

/// The executor of work under `context`.
inline boost::asio::any_io_executor executor_of(const boost::asio::any_io_executor& serial,
                                                std::shared_ptr<const run_context> context) {
  return run_executor(serial, std::move(context));
}

/// The context of work below a coroutine: a copy of its own, or that of a new run.
struct child_context {
  child_context() = default;
  // No aggregate: g++ 12 destroys aggregates in co_await expressions twice.
  child_context(child_context&&) = default;

  /// May be changed until the work begins.
  std::shared_ptr<run_context> context;
  /// Null for a new run.
  std::shared_ptr<const run_context> parent;
};
/// Makes the context for work of a coroutine on `here`. Work that comes back from another executor counts as
/// a nested call.
child_context context_below(const boost::asio::any_io_executor& here);
/// Awaits `body` under `child`. A new run ends with it. `stop` is as for `spawn_and_wait`.
awaitable<void> run_below(child_context child, awaitable<void> body,
                          std::shared_ptr<child_stop> stop = nullptr);

}  // namespace corochain::detail
