// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/this_coro.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "corochain/concurrency/detail/enter_run.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/dict_chunk.hpp"
#include "corochain/core/export.hpp"
#include "corochain/core/piece.hpp"
#include "corochain/runnables/detail/source.hpp"
#include "corochain/runnables/detail/step_base.hpp"
#include "corochain/runnables/run_config.hpp"

namespace corochain::detail {

template <class In, class Out>
class immediate_step;

/// What a `Runnable` points to: immutable, shared by any number of calls at once. Who awaits `call` is inside a run
/// and keeps the step alive until the awaitable is done.
///
/// The answer is written where the caller wants it: passed up frame by frame it would be moved, and have its room in
/// each of them.
///
/// Steps implement the virtual functions; what stands around a step uses `run`, `run_stream` and `run_transform`, which
/// also tell those who listen.
template <class In, class Out>
class COROCHAIN_EXPORT step : public step_base {
 public:
  /// `answer` is empty before, and holds the answer when this has ended without an exception; it must live until then.
  virtual awaitable<void> call(In input, std::optional<Out>& answer) const = 0;
  /// The answer piece by piece; the step must outlive the source. A step that knows no pieces gives one.
  virtual source_ptr<piece_of_t<Out>> stream(In input) const;
  /// The same for an input that comes piece by piece. A step that cannot use pieces collects them first.
  virtual source_ptr<piece_of_t<Out>> transform(source_ptr<piece_of_t<In>> input) const;
  /// The same object if it never waits, else null.
  virtual const immediate_step<In, Out>* immediate() const noexcept { return nullptr; }

  awaitable<void> run(In input, std::optional<Out>& answer, step_place place = step_place()) const {
    if (!somebody_may_listen()) return call(std::move(input), answer);
    if (silent()) return at_place(place, call(std::move(input), answer));
    Value shown = value_to_show(input);
    return observe(*this, place, std::move(shown), call(std::move(input), answer), &answer_to_show<Out>,
                   &answer);
  }
  source_ptr<piece_of_t<Out>> run_stream(In input, step_place place = step_place()) const;
  source_ptr<piece_of_t<Out>> run_transform(source_ptr<piece_of_t<In>> input,
                                            step_place place = step_place()) const;
};

/// A step that never waits: what stands around it can do without a coroutine for it.
template <class In, class Out>
class COROCHAIN_EXPORT immediate_step : public step<In, Out> {
 public:
  virtual Out apply(In input) const = 0;
  awaitable<void> call(In input, std::optional<Out>& answer) const override {
    answer.emplace(apply(std::move(input)));
    co_return;
  }
  const immediate_step* immediate() const noexcept final { return this; }
};

/// The pieces of a stream below a configuration.
template <class P>
class config_source final : public source<P> {
 public:
  config_source(RunConfig config, config_role role, source_ptr<P> inner,
                std::shared_ptr<outside> from = nullptr)
      : config_(std::move(config), role, std::move(from)), inner_(std::move(inner)) {}
  awaitable<std::optional<P>> next() override {
    std::optional<P> piece;
    co_await config_.pull(take(piece));
    co_return piece;
  }
  void stop() noexcept override { inner_->stop(); }
  awaitable<void> close() override { return inner_->close(); }

 private:
  awaitable<void> take(std::optional<P>& slot) { return inner_->pull_into(slot); }

  lasting_config config_;
  source_ptr<P> inner_;
};

/// A silent step has no run that could be tagged: the run directly below it gets its tag.
template <class P>
source_ptr<P> at_place(const step_place& place, source_ptr<P> pieces,
                       std::shared_ptr<outside> from = nullptr) {
  if (!place.what) return pieces;
  return std::make_unique<config_source<P>>(config_of_place(place), config_role::bound, std::move(pieces),
                                            std::move(from));
}

/// The input of a step that transforms it, pulled outside of that step.
template <class P>
class outside_source final : public source<P> {
 public:
  outside_source(std::shared_ptr<const outside> where, source_ptr<P> inner)
      : where_(std::move(where)), inner_(std::move(inner)) {}
  awaitable<std::optional<P>> next() override {
    std::optional<P> piece;
    co_await pull_outside(where_, take(piece));
    co_return piece;
  }
  void stop() noexcept override { inner_->stop(); }
  awaitable<void> close() override { return inner_->close(); }

 private:
  awaitable<void> take(std::optional<P>& slot) { return inner_->pull_into(slot); }

  std::shared_ptr<const outside> where_;
  source_ptr<P> inner_;
};

/// The one piece of a step that knows none.
template <class In, class Out>
class call_source final : public source<piece_of_t<Out>> {
 public:
  call_source(const step<In, Out>& of, In input) : step_(of), input_(std::move(input)) {}
  awaitable<std::optional<piece_of_t<Out>>> next() override {
    std::optional<piece_of_t<Out>> piece;
    if (input_) {
      std::optional<In> input = std::exchange(input_, std::nullopt);
      std::optional<Out> value;
      co_await step_.call(std::move(*input), value);
      piece.emplace(std::move(*value));
    }
    co_return piece;
  }
  void stop() noexcept override {}  // who awaits `next` cancels it

 private:
  const step<In, Out>& step_;
  std::optional<In> input_;
};

/// Collects a `Mid` from its pieces before it goes on.
template <class Mid, class In, class Out>
class collecting_source final : public source<piece_of_t<Out>> {
 public:
  /// With a `place` the step is run as a part of a sequence; without, the collecting is a part of its own run.
  collecting_source(const step<In, Out>& then, source_ptr<piece_of_t<Mid>> input,
                    step_place place = step_place())
      : step_(then), input_(std::move(input)), place_(place) {}
  awaitable<std::optional<piece_of_t<Out>>> next() override {
    if (!output_) {
      assembly<Mid> whole;
      for (;;) {
        std::optional<piece_of_t<Mid>> piece = co_await input_->next();
        if (!piece) break;
        whole.add(std::move(*piece));
      }
      In input = whole.take();
      output_ = place_.what ? step_.run_stream(std::move(input), place_) : step_.stream(std::move(input));
    }
    std::optional<piece_of_t<Out>> piece = co_await output_->next();
    co_return piece;
  }
  void stop() noexcept override {
    input_->stop();
    if (output_) output_->stop();
  }
  awaitable<void> close() override {
    stop();
    co_await input_->close();
    if (output_) co_await output_->close();
  }

 private:
  const step<In, Out>& step_;
  source_ptr<piece_of_t<Mid>> input_;
  step_place place_;
  source_ptr<piece_of_t<Out>> output_;
};

/// A stream whose listeners are told of it.
template <class Out>
class observed_source final : public source<piece_of_t<Out>> {
 public:
  observed_source(const step_base& of, step_place place, Value input, source_ptr<piece_of_t<Out>> inner,
                  std::shared_ptr<outside> from = nullptr)
      : run_(of, place, std::move(input), std::move(from)), inner_(std::move(inner)) {}
  awaitable<std::optional<piece_of_t<Out>>> next() override {
    std::optional<piece_of_t<Out>> piece;
    co_await run_.pull(take(piece));
    if (run_.is_heard()) tell(piece);
    co_return piece;
  }
  void stop() noexcept override { inner_->stop(); }
  awaitable<void> close() override { return inner_->close(); }

 private:
  awaitable<void> take(std::optional<piece_of_t<Out>>& slot) { return inner_->pull_into(slot); }
  void tell(const std::optional<piece_of_t<Out>>& piece) {
    if (!piece) {
      run_.ended(any_ ? value_to_show(whole_.take()) : Value());
    } else if constexpr (can_be_copied<piece_of_t<Out>>::value) {
      run_.piece(value_to_show(*piece));
      whole_.add(*piece);
      any_ = true;
    } else {
      run_.piece(Value());
    }
  }

  observed_stream run_;
  source_ptr<piece_of_t<Out>> inner_;
  assembly<Out> whole_;
  bool any_ = false;
};

template <class In, class Out>
source_ptr<piece_of_t<Out>> step<In, Out>::run_stream(In input, step_place place) const {
  if (!somebody_may_listen()) return stream(std::move(input));
  if (silent()) return at_place<piece_of_t<Out>>(place, stream(std::move(input)));
  Value shown = value_to_show(input);
  return std::make_unique<observed_source<Out>>(*this, place, std::move(shown), stream(std::move(input)));
}
template <class In, class Out>
source_ptr<piece_of_t<Out>> step<In, Out>::run_transform(source_ptr<piece_of_t<In>> input,
                                                         step_place place) const {
  if (!somebody_may_listen()) return transform(std::move(input));
  auto from = std::make_shared<outside>();
  if (silent() && !place.what) return transform(std::move(input));
  source_ptr<piece_of_t<In>> pulled =
      std::make_unique<outside_source<piece_of_t<In>>>(from, std::move(input));
  source_ptr<piece_of_t<Out>> pieces = transform(std::move(pulled));
  if (silent()) return at_place<piece_of_t<Out>>(place, std::move(pieces), std::move(from));
  return std::make_unique<observed_source<Out>>(*this, place, Value(), std::move(pieces), std::move(from));
}

template <class In, class Out>
source_ptr<piece_of_t<Out>> step<In, Out>::stream(In input) const {
  return std::make_unique<call_source<In, Out>>(*this, std::move(input));
}
template <class In, class Out>
source_ptr<piece_of_t<Out>> step<In, Out>::transform(source_ptr<piece_of_t<In>> input) const {
  return std::make_unique<collecting_source<In, In, Out>>(*this, std::move(input));
}

/// A call from outside: enters a run when there is none yet, and keeps the step alive.
template <class In, class Out>
awaitable<Out> call_in_run(std::shared_ptr<const step<In, Out>> target, In input) {
  const boost::asio::any_io_executor here = co_await boost::asio::this_coro::executor;
  std::optional<Out> value;
  const nested_call nested(here);
  if (nested.in_run()) {
    co_await target->run(std::move(input), value);
  } else {
    const auto state = co_await boost::asio::this_coro::cancellation_state;
    try {
      co_await enter_run(target->run(std::move(input), value));
    } catch (...) {
      rethrow_in_our_words(state.cancelled() != boost::asio::cancellation_type::none);
    }
  }
  co_return std::move(*value);
}
/// The same below a configuration.
template <class In, class Out>
awaitable<Out> call_below(std::shared_ptr<const step<In, Out>> target, In input, RunConfig config) {
  std::optional<Out> value;
  const auto state = co_await boost::asio::this_coro::cancellation_state;
  try {
    co_await under_config(std::move(config), config_role::given, target->run(std::move(input), value));
  } catch (...) {
    rethrow_in_our_words(state.cancelled() != boost::asio::cancellation_type::none);
  }
  co_return std::move(*value);
}
template <class In, class Out>
awaitable<Out> call_in_run(std::shared_ptr<const step<In, Out>> target, In input, RunConfig config) {
  if (config.empty()) return call_in_run(std::move(target), std::move(input));
  return call_below(std::move(target), std::move(input), std::move(config));
}

template <class T>
struct awaited {
  using type = T;
  static constexpr bool is_coroutine = false;
};
template <class T>
struct awaited<awaitable<T>> {
  using type = T;
  static constexpr bool is_coroutine = true;
};

template <class In, class F>
inline constexpr bool gives_awaitable = awaited<std::invoke_result_t<const F&, In>>::is_coroutine;

/// A plain function.
template <class In, class Out, class F>
class function_step final : public immediate_step<In, Out> {
 public:
  explicit function_step(F function) : function_(std::move(function)) {}
  const char* name() const noexcept override { return "RunnableLambda"; }
  Out apply(In input) const override { return std::invoke(function_, std::move(input)); }

 private:
  F function_;
};

/// A function that returns an awaitable.
template <class In, class Out, class F>
requires gives_awaitable<In, F>
class function_step<In, Out, F> final : public step<In, Out> {
 public:
  explicit function_step(F function) : function_(std::move(function)) {}
  const char* name() const noexcept override { return "RunnableLambda"; }
  awaitable<void> call(In input, std::optional<Out>& answer) const override {
    Out given = co_await std::invoke(function_, std::move(input));
    answer.emplace(std::move(given));
  }

 private:
  F function_;
};

/// One step after another. `Mid` is what the first gives, `Next` what the second takes. A sequence that another one
/// begins with is a part of it: it is no run of its own.
template <class In, class Mid, class Next, class Out>
class COROCHAIN_EXPORT sequence_step final : public step<In, Out> {
 public:
  sequence_step(std::shared_ptr<const step<In, Mid>> first, std::shared_ptr<const step<Next, Out>> second)
      : first_(std::move(first)), second_(std::move(second)), before_(length_of_sequence(*first_)) {}
  const char* name() const noexcept override { return sequence_name; }
  piece_flow flow() const noexcept override {
    if constexpr (std::is_same_v<Mid, Next>)
      return second_->flow() == piece_flow::passes ? first_->flow() : second_->flow();
    else
      return second_->flow() == piece_flow::passes ? piece_flow::whole : second_->flow();
  }
  step_shape shape() const override { return shape_of_sequence(*first_, *second_); }
  awaitable<void> call(In input, std::optional<Out>& answer) const override {
    if (somebody_may_listen()) return run_both(*this, std::move(input), answer);
    if (const auto* second = second_->immediate())
      return then_apply(*first_, std::move(input), *second, answer);
    return then_call(*first_, std::move(input), *second_, answer);
  }
  source_ptr<piece_of_t<Out>> stream(In input) const override {
    return through_second(before_ > 1 ? first_->stream(std::move(input))
                                      : first_->run_stream(std::move(input), first_place()));
  }
  source_ptr<piece_of_t<Out>> transform(source_ptr<piece_of_t<In>> input) const override {
    return through_second(before_ > 1 ? first_->transform(std::move(input))
                                      : first_->run_transform(std::move(input), first_place()));
  }

 private:
  // The implicit conversion is made outside of the co_await expression.
  static awaitable<void> then_apply(const step<In, Mid>& first, In input,
                                    const immediate_step<Next, Out>& second, std::optional<Out>& answer) {
    std::optional<Mid> middle;
    co_await first.call(std::move(input), middle);
    answer.emplace(second.apply(std::move(*middle)));
  }
  static awaitable<void> then_call(const step<In, Mid>& first, In input, const step<Next, Out>& second,
                                   std::optional<Out>& answer) {
    std::optional<Mid> middle;
    co_await first.call(std::move(input), middle);
    if constexpr (std::is_same_v<Mid, Next>) {
      co_await second.call(std::move(*middle), answer);
    } else {
      Next next = std::move(*middle);
      co_await second.call(std::move(next), answer);
    }
  }
  static awaitable<void> run_both(const sequence_step& self, In input, std::optional<Out>& answer) {
    std::optional<Mid> middle;
    if (self.before_ > 1)
      co_await self.first_->call(std::move(input), middle);
    else
      co_await self.first_->run(std::move(input), middle, self.first_place());
    Next next = std::move(*middle);
    co_await self.second_->run(std::move(next), answer, self.second_place());
  }
  /// Pieces pass where both sides have the same ones; a conversion is made of the whole.
  source_ptr<piece_of_t<Out>> through_second(source_ptr<piece_of_t<Mid>> pieces) const {
    if constexpr (std::is_same_v<Mid, Next>)
      return second_->run_transform(std::move(pieces), second_place());
    else
      return std::make_unique<collecting_source<Mid, Next, Out>>(*second_, std::move(pieces), second_place());
  }
  static step_place first_place() noexcept { return {"seq:step:", 1, nullptr}; }
  step_place second_place() const noexcept { return {"seq:step:", before_ + 1, nullptr}; }

  std::shared_ptr<const step<In, Mid>> first_;
  std::shared_ptr<const step<Next, Out>> second_;
  std::size_t before_;  ///< steps that the first one counts for
};

}  // namespace corochain::detail
