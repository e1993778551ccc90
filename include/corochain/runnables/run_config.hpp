// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "corochain/core/awaitable.hpp"
#include "corochain/core/detail/durations.hpp"
#include "corochain/core/dict.hpp"
#include "corochain/core/export.hpp"
#include "corochain/core/header_value.hpp"
#include "corochain/core/list_arg.hpp"
#include "corochain/runnables/call_limits.hpp"
#include "corochain/runnables/detail/run_config.hpp"

namespace corochain {

class CallbackHandler;
struct BatchStatus;

/// The settings of a run and of everything that it calls; nothing has to pass them on:
/// `chain.ainvoke(input, RunConfig().run_name("summarise").tag("nightly").timeout(5s))`. Limits alone may be
/// given as `chain.ainvoke(input, {.timeout = 5s})`: see `CallLimits`.
///
/// A configuration is given with a call, as the last argument of every verb, or bound to a runnable with
/// `with_config`. Everything below inherits it. Where several meet:
/// - Tags are united, and all handlers are told.
/// - The nearest deadline or timeout holds. All `max_concurrency` hold, so the tightest counts.
/// - Metadata, configurable values, headers, the run's name and the recursion limit have an order: the values
///   given with a call win over those that the call inherits, and the inherited ones over the bound ones. So
///   a caller can change the settings that a chain was made with.
///
/// A value; copies are cheap. Distinct objects may be used by distinct threads; const access is safe from
/// several.
class COROCHAIN_EXPORT RunConfig {
 public:
  using duration = std::chrono::steady_clock::duration;

  // Defined in the body, not defaulted: temporaries with a constructor that is called are those that g++ 12
  // is known to compile in a co_await expression.
  RunConfig();
  /// A configuration with these limits and nothing else.
  RunConfig(const CallLimits& limits);

  /// The name of the run in events. It holds for this run only, not for the runs that it calls.
  RunConfig& run_name(std::string name);
  RunConfig& tag(std::string tag);
  RunConfig& tags(ListArg<std::string> tags);
  RunConfig& metadata(std::string name, Value value);
  /// A value that steps can read with `current_config`.
  RunConfig& configurable(std::string name, Value value);
  /// The time limit of each run that is given this. When it is over, the run is cancelled and awaited, and
  /// throws a `TimeoutError`. Zero or less is over at once; `duration::max()` means no limit. The time of a
  /// stream counts from the first pull, and it includes the time that a step in a streamed chain waits for
  /// its input.
  RunConfig& timeout(duration limit);
  /// The time limit as a point in time.
  RunConfig& deadline(std::chrono::steady_clock::time_point at);
  /// A header for every request to a model below, in place of one of that name in its `default_headers`. The
  /// last value of a name counts. `traceparent` of W3C Trace Context is such a header. Throws a `ConfigError`
  /// for an invalid name or value, and for names that the library sets itself: credentials, framing,
  /// `Idempotency-Key`.
  RunConfig& header(std::string name, HeaderValue value);
  /// The number of calls that run at once in every fan-out below; the run itself counts as the call that
  /// waits for them. In a batch it limits the items, too, whether it is given with the batch or bound to the
  /// target of the batch. 0 means no limit of its own.
  RunConfig& max_concurrency(std::size_t most);
  /// A handler that is told of the events of the run and of the runs below it. It is told once of each event,
  /// however often it is given. It must not be null.
  RunConfig& callback(std::shared_ptr<CallbackHandler> handler);
  /// Watches the batches that are given this, or whose target it is bound to, and not those nested in them:
  /// `RunConfig().progress([&bar](const BatchStatus& status) { bar.show(status.done); })`. The function is
  /// owned; what it refers to must live until the batch has ended. It is called as a `BatchProgress` is,
  /// beside that of the `BatchOptions` and the functions of other configurations: inside the run, for one
  /// item at a time. It must be quick, because the run's other work waits for it. An exception that it throws
  /// becomes a line "callback.failed" in the log. Throws a `ConfigError` for an empty function.
  RunConfig& progress(std::function<void(const BatchStatus&)> function);
  /// The depth of nested calls at which a `ConfigError` stops them: 25 by default. Calls that a step begins
  /// side by side with Asio's own means, in one coroutine, count as nested.
  RunConfig& recursion_limit(std::size_t depth);

  const std::string& run_name() const noexcept;
  const std::vector<std::string>& tags() const noexcept;
  const Dict& metadata() const noexcept;
  const Dict& configurable() const noexcept;
  bool empty() const noexcept { return !state_; }

  /// For functions that build on the library.
  const std::shared_ptr<const detail::config_state>& state() const noexcept { return state_; }

 private:
  friend void detail::tighten(BatchOptions&, const detail::step_base&, RunConfig&);
  friend void detail::listen_directly(RunConfig&, std::shared_ptr<CallbackHandler>);
  detail::config_state& own();
  std::shared_ptr<const detail::config_state> state_;
};

/// Awaits `call`, any coroutine, with `config` for it and for all that it calls, as a call of a chain has it:
///
///     co_await cc::with_config(cc::RunConfig().timeout(30s).max_concurrency(16), work(files));
///
/// When the time limit is over, `call` is cancelled, which it sees as `CancelledError`. When it has ended, a
/// `TimeoutError` is thrown. If it ends with a value or a failure of its own although the time is over, the
/// result is that. `max_concurrency` bounds the calls and fan-outs below. The coroutine itself holds no
/// permit, so it may wait for its children by means of its own. The configured name is that of each run that
/// the coroutine begins itself. Outside of a run this begins one. Cancelling the awaiting coroutine cancels
/// `call`, waits for it and throws `CancelledError`.
template <class T>
  requires(!std::is_void_v<T>)
awaitable<T> with_config(RunConfig config, awaitable<T> call) {
  return detail::value_with_config<T>(std::move(config), std::move(call));
}

inline awaitable<void> with_config(RunConfig config, awaitable<void> call) {
  return detail::run_with_config(std::move(config), std::move(call));
}

namespace detail {

/// The configuration of a call that is given its limits.
template <call_limits L>
RunConfig config_of(const L& limits) {
  static_assert(std::same_as<L, CallLimits>,
                "corochain: a time limit is given by its name: chain.invoke(input, {.timeout = 5s})");
  if constexpr (std::same_as<L, CallLimits>)
    return RunConfig(limits);
  else
    return RunConfig();
}

}  // namespace detail

/// The tags, metadata and configurable values in force in the awaiting coroutine: for steps of your own.
COROCHAIN_EXPORT awaitable<RunConfig> current_config();

namespace detail {

template <class T>
awaitable<T> value_with_config(RunConfig config, awaitable<T> call) {
  std::optional<T> value;
  co_await run_with_config(std::move(config), keep(std::move(call), value));
  co_return std::move(*value);
}

}  // namespace detail
}  // namespace corochain
