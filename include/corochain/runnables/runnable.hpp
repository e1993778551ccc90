// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "corochain/concurrency/as_completed.hpp"
#include "corochain/concurrency/run.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/export.hpp"
#include "corochain/runnables/batch_options.hpp"
#include "corochain/runnables/blocking_range.hpp"
#include "corochain/runnables/detail/as_step.hpp"
#include "corochain/runnables/detail/assign.hpp"
#include "corochain/runnables/detail/attempts_step.hpp"
#include "corochain/runnables/detail/batch_completion_work.hpp"
#include "corochain/runnables/detail/batch_work.hpp"
#include "corochain/runnables/detail/call_in_run.hpp"
#include "corochain/runnables/detail/config_step.hpp"
#include "corochain/runnables/detail/describe.hpp"
#include "corochain/runnables/detail/each_step.hpp"
#include "corochain/runnables/detail/event_source.hpp"
#include "corochain/runnables/detail/opened_source.hpp"
#include "corochain/runnables/detail/pick.hpp"
#include "corochain/runnables/detail/sequence_step.hpp"
#include "corochain/runnables/inputs.hpp"
#include "corochain/runnables/listeners.hpp"
#include "corochain/runnables/named_runnable.hpp"
#include "corochain/runnables/retry_options.hpp"
#include "corochain/runnables/run_config.hpp"
#include "corochain/runnables/step.hpp"
#include "corochain/runnables/stream.hpp"

namespace corochain {

/// A step or a chain of steps that turns an `In` into an `Out`: a handle to immutable shared state.
///
/// Copies are cheap and share the state. One chain serves any number of calls at once, from any thread. Awaitables
/// keep alive what they need: the chain may be gone by the time they are awaited.
template <class In, class Out>
class COROCHAIN_EXPORT Runnable {
 public:
  using input_type = In;
  using output_type = Out;

  /// Makes a runnable of a step, which is not null. See `make_runnable`.
  explicit Runnable(std::shared_ptr<const corochain::step<In, Out>> step) : step_(std::move(step)) {}

  /// Calls it and waits on the calling thread; see `run` for the loop that is used. Throws what `ainvoke` throws.
  Out invoke(In input) const { return run(ainvoke(std::move(input))); }
  Out invoke(In input, RunConfig config) const { return run(ainvoke(std::move(input), std::move(config))); }

  /// Calls it. The call begins when the result is awaited or spawned; awaited from outside of a run it is a run of its
  /// own, on a strand of the awaiting coroutine's executor.
  ///
  /// Throws what the steps throw: an `Error`, or what a function of yours throws. Cancelling the awaiting coroutine
  /// cancels the call; it ends with `CancelledError`, its socket closed. A cancellation signal is not thread-safe: emit
  /// it on the executor of the coroutine it stops.
  awaitable<Out> ainvoke(In input) const { return detail::call_in_run(step_, std::move(input)); }
  /// The same with a name, tags, time limit, handlers and so on: for this call and all that it calls.
  awaitable<Out> ainvoke(In input, RunConfig config) const {
    return detail::call_in_run(detail::step_below(step_, std::move(config)), std::move(input));
  }

  /// Calls it and gives the answer chunk by chunk, as it comes: of a chat model `AIMessageChunk`s, of a chain that ends
  /// with `StrOutputParser` texts. Each step passes chunks on where it can; a function of yours, and every step that
  /// says nothing else, waits for its whole input and gives one chunk.
  Stream<Out> astream(In input) const { return astream(std::move(input), RunConfig()); }
  Stream<Out> astream(In input, RunConfig config) const {
    using stream = detail::step_stream<In, Out>;
    auto target = detail::step_below(step_, std::move(config));
    return Stream<Out>(step_, std::make_unique<stream>(std::move(target), std::move(input)));
  }
  /// `astream` for a thread that waits: `for (const auto& chunk : chain.stream(input))`.
  BlockingStream<Out> stream(In input) const { return BlockingStream<Out>(astream(std::move(input))); }
  BlockingStream<Out> stream(In input, RunConfig config) const {
    return BlockingStream<Out>(astream(std::move(input), std::move(config)));
  }

  /// Streams the call and gives all that happens in it as one stream: which steps begin, each one's chunks, how they
  /// end. What a handler given with `config` would be told, in the same order. When the call fails, `next()` throws
  /// after the events. The call runs at most one chunk ahead of who reads.
  Stream<RunEvent> astream_events(In input, RunConfig config = RunConfig()) const {
    auto call = std::make_shared<detail::eventful_stream<In, Out>>(step_, std::move(input));
    return Stream<RunEvent>(step_, detail::make_event_source(std::move(call), std::move(config)));
  }

  /// Whether the chunks come as they are made; else a stream of it is one chunk at the end. A chain streams if its
  /// last step that does not merely pass chunks on makes chunks of its own: `prompt | model | parser` does, and with a
  /// function behind them it does not.
  bool streams() const { return step_->streaming() != streaming_mode::whole; }

  /// Its steps, one a line, with what each does with chunks: for people.
  std::string describe() const { return detail::describe(*step_); }
  /// A flowchart of its steps in Mermaid's language.
  std::string to_mermaid() const { return detail::draw_mermaid(*step_); }

  /// The same runnable with a configuration that every call of it has. What its caller gives or inherits goes before.
  Runnable with_config(RunConfig config) const {
    return Runnable(std::make_shared<const detail::config_step<In, Out>>(step_, std::move(config)));
  }

  /// The same runnable, tried again when it fails: `chain.with_retry({.stop_after_attempt = 3})`. It is for what a
  /// model's client does not retry, such as an answer that cannot be parsed: see `is_worth_a_retry`.
  ///
  /// Each attempt is given a copy of the input; of a batch each item is tried by itself. When the last one has failed
  /// its failure is thrown, with those of the attempts before it as `earlier()`. If the last is no `Error` and had
  /// others before it, that is an `Error` of kind `other` that has them all. Cancelled, also while it waits, it ends as
  /// cancelled and makes no other attempt; nor does it after the run's deadline. A stream is tried again until its
  /// first chunk is there, never after it.
  Runnable with_retry(RetryOptions options = RetryOptions()) const {
    return tried(detail::plan_of_retry(options), {step_});
  }
  /// The same runnable with others that are tried in their order when it fails: `chain.with_fallbacks({backup_chain})`.
  /// They take and give the same types, or such as convert; functions will do, too.
  ///
  /// Each is given a copy of the input. When the last one has failed its failure is thrown, with the others as in
  /// `with_retry`. A cancel ends it, and after the run's deadline no other is tried. A stream falls back until its
  /// first chunk is there, never after it.
  Runnable with_fallbacks(ListArg<detail::alternative<In, Out>> fallbacks,
                          FallbackOptions options = FallbackOptions()) const {
    if (fallbacks.empty()) return *this;
    std::vector<std::shared_ptr<const corochain::step<In, Out>>> all{step_};
    for (const auto& each : fallbacks) all.push_back(each.step_of());
    return tried(detail::plan_of_fallbacks(options), std::move(all));
  }

  /// The same runnable with functions that are told of each of its runs, and not of what it calls.
  Runnable with_listeners(const Listeners& listeners) const { return with_config(listeners.config()); }

  /// A runnable of lists: calls this one for each element, all at once within the run's budget, and keeps their order.
  /// The first failure cancels the others, waits until they have ended and is thrown. Waits for the whole list.
  Runnable<std::vector<In>, std::vector<Out>> map() const {
    return Runnable<std::vector<In>, std::vector<Out>>(
        std::make_shared<const detail::each_step<In, Out>>(step_));
  }

  /// Adds values to the Dict that the chain gives, as `RunnablePassthrough<>::assign` does.
  Runnable<In, Dict> assign(ListArg<NamedRunnable> added) const
    requires std::same_as<Out, Dict>
  {
    return then(detail::assign_of(std::move(added)));
  }
  /// Keeps the values of these names, as far as they are there, of the Dict that the chain gives. Chunks pass.
  Runnable<In, Dict> pick(ListArg<std::string> names) const
    requires std::same_as<Out, Dict>
  {
    return then(detail::pick_of(std::move(names)));
  }
  /// Gives one value of the Dict that the chain gives. Waits for the whole Dict. Throws a `PromptError` that names the
  /// values that are there when this one is missing.
  template <detail::text_like S>
  Runnable<In, Value> pick(const S& name) const
    requires std::same_as<Out, Dict>
  {
    return then(detail::pick_one(std::string(std::string_view(name))));
  }

  /// Calls it for each input, at most `max_concurrency` at once, and gives the answers in input order. Inputs are drawn
  /// when there is room for them, and each goes through all steps by itself. The first failure cancels the rest, waits
  /// until it has ended and is thrown; so does an input that cannot be drawn. `config` holds for each item; its time
  /// and concurrency are those of the batch.
  awaitable<std::vector<Out>> abatch(Inputs<In> inputs, BatchOptions options = BatchOptions(),
                                     RunConfig config = RunConfig()) const {
    auto work = batch_of<detail::batch_work<In, Out>>(std::move(inputs), options, std::move(config));
    return detail::batch_all(std::move(work),
                             detail::scope_of(options, detail::on_child_end::cancel_on_failure));
  }
  /// The same with a result for each input: no failure disturbs the others. What a `timeout` left has a `TimeoutError`,
  /// those that were not drawn, too, if the inputs know how many they are.
  awaitable<std::vector<Result<Out>>> abatch_results(Inputs<In> inputs, BatchOptions options = BatchOptions(),
                                                     RunConfig config = RunConfig()) const {
    auto work = batch_of<detail::batch_work<In, Out>>(std::move(inputs), options, std::move(config));
    return detail::batch_each(std::move(work), detail::scope_of(options, detail::on_child_end::keep_going));
  }
  /// The two that wait on the calling thread.
  std::vector<Out> batch(Inputs<In> inputs, BatchOptions options = BatchOptions(),
                         RunConfig config = RunConfig()) const {
    return run(abatch(std::move(inputs), options, std::move(config)));
  }
  std::vector<Result<Out>> batch_results(Inputs<In> inputs, BatchOptions options = BatchOptions(),
                                         RunConfig config = RunConfig()) const {
    return run(abatch_results(std::move(inputs), options, std::move(config)));
  }

  /// Calls it for each input and gives each one's result as it comes, failed ones too. With `max_concurrency` n at
  /// most n items run and n results wait to be taken, so memory stays the same however many inputs there are.
  Completions<Out> abatch_as_completed(Inputs<In> inputs, BatchOptions options = BatchOptions(),
                                       RunConfig config = RunConfig()) const {
    auto work =
        batch_of<detail::batch_completion_work<In, Out>>(std::move(inputs), options, std::move(config));
    return Completions<Out>(std::move(work), detail::scope_of(options, detail::on_child_end::keep_going));
  }
  /// The same in the order of the inputs. A result that comes before its turn is held; with
  /// `BatchOptions::reorder_window` of them no further input is drawn, until the straggler has come and the consumer
  /// has taken it.
  Completions<Out> abatch_ordered(Inputs<In> inputs, BatchOptions options = BatchOptions(),
                                  RunConfig config = RunConfig()) const {
    auto work = batch_of<detail::batch_ordered_work<In, Out>>(std::move(inputs), options, std::move(config));
    return Completions<Out>(std::move(work), detail::scope_of(options, detail::on_child_end::keep_going));
  }
  /// The two for a thread that waits: `for (auto& item : chain.batch_as_completed(inputs))`.
  BlockingCompletions<Out> batch_as_completed(Inputs<In> inputs, BatchOptions options = BatchOptions(),
                                              RunConfig config = RunConfig()) const {
    return BlockingCompletions<Out>(abatch_as_completed(std::move(inputs), options, std::move(config)));
  }
  BlockingCompletions<Out> batch_ordered(Inputs<In> inputs, BatchOptions options = BatchOptions(),
                                         RunConfig config = RunConfig()) const {
    return BlockingCompletions<Out>(abatch_ordered(std::move(inputs), options, std::move(config)));
  }

  /// The step behind it, for a step of your own that calls it: `runnable.step()->run(input, context, answer)`.
  const std::shared_ptr<const corochain::step<In, Out>>& step() const noexcept { return step_; }

 private:
  static Runnable tried(detail::attempt_plan plan,
                        std::vector<std::shared_ptr<const corochain::step<In, Out>>> steps) {
    return Runnable(std::make_shared<const detail::attempts_step<In, Out>>(plan, std::move(steps)));
  }
  template <class Work>
  std::shared_ptr<Work> batch_of(Inputs<In> inputs, BatchOptions& options, RunConfig config) const {
    auto target = detail::batch_target(step_, std::move(config), options);
    return std::make_shared<Work>(std::move(target), std::move(inputs).take(), options);
  }

  template <class Last>
  Runnable<In, Last> then(std::shared_ptr<const corochain::step<Dict, Last>> next) const {
    using both = detail::sequence_step<In, Dict, Dict, Last>;
    return Runnable<In, Last>(std::make_shared<const both>(step_, std::move(next)));
  }

  std::shared_ptr<const corochain::step<In, Out>> step_;
};

/// A runnable of a step of your own: `chain | make_runnable<upper_case>()`. `arguments` go to the step's constructor.
template <class Step, class... Arguments>
auto make_runnable(Arguments&&... arguments) {
  return Runnable<typename Step::input_type, typename Step::output_type>(
      std::make_shared<const Step>(std::forward<Arguments>(arguments)...));
}

}  // namespace corochain
