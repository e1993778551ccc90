// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "corochain/core/awaitable.hpp"
#include "corochain/core/detail/durations.hpp"
#include "corochain/core/result.hpp"
#include "corochain/runnables/batch_options.hpp"
#include "corochain/runnables/detail/map_reduce.hpp"
#include "corochain/runnables/inputs.hpp"
#include "corochain/runnables/run_config.hpp"

namespace corochain {

/// The options of `map_reduce`.
struct MapReduceOptions {
  /// Calls that run at once, of both chains together; 0 means no limit of its own. Everything nested in them
  /// inherits the limit.
  std::size_t max_concurrency = 0;
  /// The time limit of the whole. Zero or less means none of its own.
  std::chrono::steady_clock::duration timeout{};
  /// The number of values that are combined at once; less than 2 is a `ConfigError`. Where fewer are left at
  /// the end, these are combined.
  std::size_t group_size = 2;
  /// Whether only neighbours in the order of the inputs are combined. If not, values are combined as they
  /// come.
  bool keep_order = true;
  /// Watches the inputs; null if none does. An input has ended when its own value is there or when it has
  /// failed: combinations are not counted. It must live until the result is there.
  BatchProgress* progress = nullptr;
};

/// A value of a `map_reduce`, and the inputs that it is made of.
template <class T>
struct PartialValue {
  PartialValue(std::vector<std::size_t> of, T made) : inputs(std::move(of)), value(std::move(made)) {}
  /// 0-based, ascending. Where the order was kept and no input failed, they are a range without gaps.
  std::vector<std::size_t> inputs;
  T value;
};

/// The failure of one input, or of the combination of the values of several ones.
struct MapReduceFailure {
  MapReduceFailure(std::vector<std::size_t> of, Failure why)
      : inputs(std::move(of)), failure(std::move(why)) {}
  /// 0-based, ascending.
  std::vector<std::size_t> inputs;
  Failure failure;
};

/// The end of a `map_reduce`. Nothing that was done is lost: it is in `value` or in `parts`.
template <class T>
struct MapReduceOutcome {
  // No aggregate: g++ 12 destroys aggregates in co_await expressions twice.
  MapReduceOutcome() {}

  /// Whether all inputs are in `value`.
  bool ok() const noexcept { return value.has_value() && failures.empty(); }

  /// The combination of all inputs that did not fail. Empty if there are none, if a combination failed, or if
  /// the whole was stopped.
  std::optional<T> value;
  /// Without a `value`: all values that were not combined any more, in the order of their first inputs.
  std::vector<PartialValue<T>> parts;
  /// The inputs without a value, in their order, each one by itself. The inputs that a stop has left are here
  /// too, with the reason of the stop; of a generator, only those that were drawn.
  std::vector<MapReduceFailure> failures;
  /// The combinations that failed. Their values are in `parts`.
  std::vector<MapReduceFailure> combine_failures;
  /// The reason why the whole ended before its time: a `TimeoutError`, the `CancelledError` of a stop by
  /// `until` or by the signals of `run`, or the exception of inputs that could not be drawn. Empty if
  /// everything ended by itself.
  std::optional<Failure> stopped;
};

/// Calls `map` for each input and combines the values with `combine` until one is left.
///
///     auto outcome = co_await cc::map_reduce(files, summarise, combine,
///                                            {.max_concurrency = 16, .timeout = 30s});
///     if (outcome.value) std::cout << *outcome.value;
///     for (const auto& part : outcome.parts) std::cout << part.value;
///
/// `map` is a runnable, a function or a coroutine of one input. Inputs are drawn when there is room for them.
/// The values, a `T`, have to be copyable. `combine` is one of these:
/// - a runnable, a function or a coroutine that takes a `std::vector<T>`, in the order of the inputs,
/// - one that takes a text, where `T` is `std::string`: it is given the texts with a blank line between them,
///   so that a chain whose prompt has one variable will do,
/// - a function or a coroutine of two `T`, for a `group_size` of 2.
///
/// Values are combined as soon as neighbours are there, and a combination goes before a further input. A
/// failed input is reported in the outcome, and the rest is combined. The values of a failed combination stay
/// as they are. When the time is over, the calls that run are cancelled and awaited, and the outcome has what
/// was done, with the reason in `stopped`. So it is after a stop by `until` or by the signals of `run`, and
/// when an input cannot be drawn.
///
/// `config` holds for each call of both; its time and concurrency are those of the whole, and so is the
/// concurrency that is bound to `map`. Throws a `ConfigError` for a bad `group_size`. Cancelling the awaiting
/// coroutine cancels all calls, waits for them and throws `CancelledError`. With g++ 12, name a lambda that
/// captures before the call.
template <class Map, class Combine>
awaitable<MapReduceOutcome<detail::mapped_by<Map>>> map_reduce(
    std::type_identity_t<Inputs<detail::map_input<Map>>> inputs, Map map, Combine combine,
    MapReduceOptions options = MapReduceOptions(), RunConfig config = RunConfig()) {
  using In = detail::map_input<Map>;
  using T = detail::mapped_by<Map>;
  detail::check_group_size(options.group_size, detail::combines_two<T, Combine>);
  BatchOptions batch{
      .max_concurrency = options.max_concurrency, .timeout = options.timeout, .progress = options.progress};
  auto target = detail::as_step<In, T>(std::move(map));
  detail::tighten(batch, *target, config);
  auto combining = detail::step_below(detail::combining_step<T>(std::move(combine)), config);
  auto work = std::make_shared<detail::map_reduce_work<In, T>>(
      detail::step_below(std::move(target), std::move(config)), std::move(combining),
      std::move(inputs).take(), batch, detail::reduction_plan(options.group_size, options.keep_order));
  return detail::map_reduce_all<MapReduceOutcome<T>>(std::move(work), batch);
}

}  // namespace corochain
