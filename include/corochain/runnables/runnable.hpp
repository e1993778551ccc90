// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <concepts>
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
#include "corochain/runnables/detail/attempts_step.hpp"
#include "corochain/runnables/detail/batch_completion_work.hpp"
#include "corochain/runnables/detail/batch_work.hpp"
#include "corochain/runnables/detail/call_in_run.hpp"
#include "corochain/runnables/detail/config_step.hpp"
#include "corochain/runnables/detail/describe.hpp"
#include "corochain/runnables/detail/dict_steps.hpp"
#include "corochain/runnables/detail/each_step.hpp"
#include "corochain/runnables/detail/event_source.hpp"
#include "corochain/runnables/detail/opened_source.hpp"
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
/// Copies are cheap and share the state. One chain serves any number of calls at once, from any thread. An
/// awaitable keeps alive what it needs: the chain may be gone before it is awaited.
template <class In, class Out>
class COROCHAIN_EXPORT Runnable {
 public:
  using input_type = In;
  using output_type = Out;

  /// Makes a runnable of a step, which must not be null. See `make_runnable`.
  explicit Runnable(step_ptr<In, Out> step) : step_(std::move(step)) {}
  /// Takes a runnable whose types convert to these. The compiler says which of them does not.
  template <class Takes, class Gives>
  Runnable(const Runnable<Takes, Gives>& other) : step_(detail::adapt<In, Out>(other.step())) {}

  /// Calls the chain and waits on the calling thread; see `run` for the loop that is used. Throws what
  /// `ainvoke` throws.
  Out invoke(In input, RunConfig config = RunConfig()) const {
    return run(ainvoke(std::move(input), std::move(config)));
  }
  /// As above, with limits alone: `chain.invoke(input, {.timeout = 5s})`. So in the verbs below.
  template <detail::call_limits L = CallLimits>
  Out invoke(In input, L limits) const {
    return invoke(std::move(input), detail::config_of(limits));
  }

  /// Calls the chain. The call begins when the result is awaited or spawned. A call that is awaited outside
  /// of a run is a run of its own, on a strand of the awaiting coroutine's executor.
  ///
  /// Throws what the steps throw: an `Error`, or the exception of a function of yours. Cancelling the
  /// awaiting coroutine cancels the call, which ends with `CancelledError` and its socket closed. A
  /// cancellation signal is not thread-safe: emit it on the executor of the coroutine it stops. Emit it with
  /// `cancellation_type::terminal`: Asio's `co_spawn` ignores `total` and `partial`.
  awaitable<Out> ainvoke(In input) const { return detail::call_in_run(step_, std::move(input)); }
  /// As above, with a name, tags, time limit, handlers and so on for this call and all that it calls.
  awaitable<Out> ainvoke(In input, RunConfig config) const {
    return detail::call_in_run(detail::step_below(step_, std::move(config)), std::move(input));
  }
  template <detail::call_limits L = CallLimits>
  awaitable<Out> ainvoke(In input, L limits) const {
    return ainvoke(std::move(input), detail::config_of(limits));
  }

  /// Calls the chain and gives the answer chunk by chunk, as it comes: `AIMessageChunk`s for a chat model,
  /// texts for a chain that ends with `StrOutputParser`. Each step passes chunks on where it can. A function
  /// of yours, and every step that does not declare another streaming mode, waits for its whole input and
  /// gives one chunk.
  Stream<Out> astream(In input, RunConfig config = RunConfig()) const {
    using stream = detail::step_stream<In, Out>;
    auto target = detail::step_below(step_, std::move(config));
    return Stream<Out>(step_, std::make_unique<stream>(std::move(target), std::move(input)));
  }
  template <detail::call_limits L = CallLimits>
  Stream<Out> astream(In input, L limits) const {
    return astream(std::move(input), detail::config_of(limits));
  }
  /// `astream` for a thread that waits: `for (const auto& chunk : chain.stream(input))`.
  BlockingStream<Out> stream(In input, RunConfig config = RunConfig()) const {
    return BlockingStream<Out>(astream(std::move(input), std::move(config)));
  }
  template <detail::call_limits L = CallLimits>
  BlockingStream<Out> stream(In input, L limits) const {
    return stream(std::move(input), detail::config_of(limits));
  }

  /// Streams the call and gives its events as one stream: the beginnings of steps, each step's chunks, and
  /// the ends of steps. They are the events that a handler given with `config` would be told, in the same
  /// order. When the call fails, `next()` throws after the events. The call runs at most one chunk ahead of
  /// the consumer.
  Stream<RunEvent> astream_events(In input, RunConfig config = RunConfig()) const {
    auto call = std::make_shared<detail::eventful_stream<In, Out>>(step_, std::move(input));
    return Stream<RunEvent>(step_, detail::make_event_source(std::move(call), std::move(config)));
  }
  template <detail::call_limits L = CallLimits>
  Stream<RunEvent> astream_events(In input, L limits) const {
    return astream_events(std::move(input), detail::config_of(limits));
  }

  /// Whether the chunks come as they are made; if not, a stream is one chunk at the end. A chain streams if
  /// its last step that does not merely pass chunks on makes chunks of its own. `prompt | model | parser`
  /// streams; with a function behind it, it does not.
  bool streams() const { return step_->streaming() != streaming_mode::whole; }

  /// Describes the steps, one a line, with what each does with chunks: for people.
  std::string describe() const { return detail::describe(*step_); }
  /// Draws a flowchart of the steps in Mermaid's language.
  std::string to_mermaid() const { return detail::draw_mermaid(*step_); }

  /// The same runnable with a configuration for every call of it. The configuration that its caller gives or
  /// inherits wins.
  Runnable with_config(RunConfig config) const {
    return Runnable(std::make_shared<const detail::config_step<In, Out>>(step_, std::move(config)));
  }
  template <detail::call_limits L = CallLimits>
  Runnable with_config(L limits) const {
    return with_config(detail::config_of(limits));
  }

  /// The same runnable, tried again when it fails: `chain.with_retry({.stop_after_attempt = 3})`. It is for
  /// failures that a model's client does not retry, such as an answer that cannot be parsed: see
  /// `is_worth_a_retry`.
  ///
  /// Each attempt is given a copy of the input; in a batch each item is tried by itself. When the last
  /// attempt has failed, its failure is thrown, with those of the attempts before it as `earlier()`. If the
  /// last failure is no `Error` and there were others before it, the call throws an `Error` of kind `other`
  /// that has them all. A cancelled call, also one that waits between two attempts, ends as cancelled and
  /// makes no other attempt. No attempt is made after the run's deadline. A stream is tried again until its
  /// first chunk is there, never after it.
  Runnable with_retry(RetryOptions options = RetryOptions()) const {
    return tried(detail::plan_of_retry(options), {step_});
  }
  /// As above, with a function object in place of `retry_if`, which may have captures. It is owned by the
  /// runnable, returns whether a failure is worth another attempt, and is called from any thread.
  Runnable with_retry(RetryOptions options, detail::failure_rule retry_if) const {
    return tried(detail::plan_of_retry(options, std::move(retry_if)), {step_});
  }
  /// The same runnable with others that are tried in their order when it fails:
  /// `chain.with_fallbacks({backup_chain})`. Their types are the same or convert to them; functions are
  /// accepted, too.
  ///
  /// Each alternative is given a copy of the input. When the last one has failed, its failure is thrown, with
  /// the others attached as in `with_retry`. A cancel ends the call, and no alternative is tried after the
  /// run's deadline. A stream falls back until its first chunk is there, never after it.
  Runnable with_fallbacks(ListArg<detail::alternative<In, Out>> fallbacks,
                          FallbackOptions options = FallbackOptions()) const {
    return with_fallbacks(std::move(fallbacks), detail::failure_rule(options.handle.get()));
  }
  /// As above, with a function object that returns whether the next alternative is tried after a failure. It
  /// is owned by the runnable and called from any thread.
  template <std::predicate<const Failure&> Rule>
  Runnable with_fallbacks(ListArg<detail::alternative<In, Out>> fallbacks, Rule handle) const {
    if (fallbacks.empty()) return *this;
    std::vector<step_ptr<In, Out>> all{step_};
    for (const auto& each : fallbacks) all.push_back(each.step_of());
    return tried(detail::plan_of_fallbacks(std::move(handle)), std::move(all));
  }
  /// As above, with one alternative, which needs no braces: `chain.with_fallbacks(backup_chain)`.
  template <detail::lone_alternative<In, Out> Given, class Options = FallbackOptions>
  Runnable with_fallbacks(Given fallback, Options options = Options()) const {
    ListArg<detail::alternative<In, Out>> list(std::move(fallback));
    return with_fallbacks(std::move(list), std::move(options));
  }

  /// The same runnable with functions that are told of each of its runs, and not of the runs that it calls.
  Runnable with_listeners(const Listeners& listeners) const { return with_config(listeners.config()); }

  /// A runnable of lists. It calls this runnable for each element, all at once within the run's budget, and
  /// keeps their order. The first failure cancels the others, waits until they have ended and is thrown. It
  /// waits for the whole input list.
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
  /// Keeps the values of these names of the Dict that the chain gives, as far as they are there. Chunks pass.
  Runnable<In, Dict> pick(ListArg<std::string> names) const
    requires std::same_as<Out, Dict>
  {
    return then(detail::pick_of(std::move(names)));
  }
  /// Gives one value of the Dict that the chain gives. Waits for the whole Dict. Throws a `PromptError` that
  /// names the values that are there when this one is missing.
  template <detail::text_like S>
  Runnable<In, Value> pick(const S& name) const
    requires std::same_as<Out, Dict>
  {
    return then(detail::pick_one(std::string(std::string_view(name))));
  }

  /// Calls the chain for each input, at most `max_concurrency` at once, and gives the answers in input order.
  /// Inputs are drawn when there is room for them, and each goes through all steps by itself. The first
  /// failure, also that of an input that cannot be drawn, cancels the rest, waits until it has ended and is
  /// thrown. `config` holds for each item; its time and concurrency are those of the batch.
  awaitable<std::vector<Out>> abatch(Inputs<In> inputs, BatchOptions options = BatchOptions(),
                                     RunConfig config = RunConfig()) const {
    auto work = batch_of<detail::batch_work<In, Out>>(std::move(inputs), options, std::move(config));
    return detail::batch_all(std::move(work), options);
  }
  /// As `abatch`, with a result for each input: no failure disturbs the others. Each item that a `timeout`
  /// left unfinished has a `TimeoutError`. So have the inputs that were not drawn, if the inputs know their
  /// number. After a stop by `until` or by the signals of `run` they have a `CancelledError` with the reason.
  awaitable<std::vector<Result<Out>>> abatch_results(Inputs<In> inputs, BatchOptions options = BatchOptions(),
                                                     RunConfig config = RunConfig()) const {
    auto work = batch_of<detail::batch_work<In, Out>>(std::move(inputs), options, std::move(config));
    return detail::batch_each(std::move(work), options);
  }
  /// `abatch` and `abatch_results` on the calling thread, which waits.
  std::vector<Out> batch(Inputs<In> inputs, BatchOptions options = BatchOptions(),
                         RunConfig config = RunConfig()) const {
    return run(abatch(std::move(inputs), options, std::move(config)));
  }
  std::vector<Result<Out>> batch_results(Inputs<In> inputs, BatchOptions options = BatchOptions(),
                                         RunConfig config = RunConfig()) const {
    return run(abatch_results(std::move(inputs), options, std::move(config)));
  }

  /// Calls the chain for each input and gives each one's result as it comes, failed ones too. With
  /// `max_concurrency` n at most n items run and n results wait to be taken, so memory stays the same however
  /// many inputs there are.
  Completions<Out> abatch_as_completed(Inputs<In> inputs, BatchOptions options = BatchOptions(),
                                       RunConfig config = RunConfig()) const {
    auto work =
        batch_of<detail::batch_completion_work<In, Out>>(std::move(inputs), options, std::move(config));
    return Completions<Out>(std::move(work), detail::scope_of(options, detail::on_child_end::keep_going));
  }
  /// As `abatch_as_completed`, in the order of the inputs. A result that comes before its turn is held. When
  /// `BatchOptions::reorder_window` results are held, no further input is drawn until the straggler has come
  /// and the consumer has taken it.
  Completions<Out> abatch_ordered(Inputs<In> inputs, BatchOptions options = BatchOptions(),
                                  RunConfig config = RunConfig()) const {
    auto work = batch_of<detail::batch_ordered_work<In, Out>>(std::move(inputs), options, std::move(config));
    return Completions<Out>(std::move(work), detail::scope_of(options, detail::on_child_end::keep_going));
  }
  /// `abatch_as_completed` and `abatch_ordered` for a thread that waits:
  /// `for (auto& item : chain.batch_as_completed(inputs))`.
  BlockingCompletions<Out> batch_as_completed(Inputs<In> inputs, BatchOptions options = BatchOptions(),
                                              RunConfig config = RunConfig()) const {
    return BlockingCompletions<Out>(abatch_as_completed(std::move(inputs), options, std::move(config)));
  }
  BlockingCompletions<Out> batch_ordered(Inputs<In> inputs, BatchOptions options = BatchOptions(),
                                         RunConfig config = RunConfig()) const {
    return BlockingCompletions<Out>(abatch_ordered(std::move(inputs), options, std::move(config)));
  }

  /// The step behind the runnable, for a step of your own that calls it:
  /// `runnable.step()->run(input, context, answer)`.
  const step_ptr<In, Out>& step() const noexcept { return step_; }

 private:
  static Runnable tried(detail::attempt_plan plan, std::vector<step_ptr<In, Out>> steps) {
    return Runnable(
        std::make_shared<const detail::attempts_step<In, Out>>(std::move(plan), std::move(steps)));
  }
  template <class Work>
  std::shared_ptr<Work> batch_of(Inputs<In> inputs, BatchOptions& options, RunConfig config) const {
    auto target = detail::batch_target(step_, std::move(config), options);
    return std::make_shared<Work>(std::move(target), std::move(inputs).take(), options);
  }

  template <class Last>
  Runnable<In, Last> then(step_ptr<Dict, Last> next) const {
    using both = detail::sequence_step<In, Dict, Dict, Last>;
    return Runnable<In, Last>(std::make_shared<const both>(step_, std::move(next)));
  }

  step_ptr<In, Out> step_;
};

/// Makes a runnable of a step of your own: `chain | make_runnable<upper_case>()`. `arguments` go to the
/// step's constructor.
template <class Step, class... Arguments>
auto make_runnable(Arguments&&... arguments) {
  return Runnable<typename Step::input_type, typename Step::output_type>(
      std::make_shared<const Step>(std::forward<Arguments>(arguments)...));
}

}  // namespace corochain
