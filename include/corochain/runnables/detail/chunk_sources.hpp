// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/this_coro.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include "corochain/runnables/detail/step_interface.hpp"

namespace corochain::detail {

/// The one piece of a step that knows none.
template <class In, class Out>
class call_source final : public source<piece_of_t<Out>> {
 public:
  call_source(const step<In, Out>& of, In input, call_context context)
      : step_(of), input_(std::move(input)), context_(std::move(context)) {}
  awaitable<std::optional<piece_of_t<Out>>> next() override {
    std::optional<piece_of_t<Out>> piece;
    if (input_) {
      std::optional<In> input = std::exchange(input_, std::nullopt);
      std::optional<Out> value;
      co_await step_.call(std::move(*input), context_, value);
      piece.emplace(std::move(*value));
    }
    co_return piece;
  }
  void stop() noexcept override {}  // cancelling `next` stops the call

 private:
  const step<In, Out>& step_;
  std::optional<In> input_;
  call_context context_;
};

/// How a source goes on when it has collected its whole input.
enum class then_stream {
  run,   ///< streams the step as a part of a sequence
  relay  ///< goes on with the step's own run
};

/// Collects a `Mid` from its pieces before it goes on. Each side has its own context.
template <class Mid, class In, class Out>
class collecting_source final : public source<piece_of_t<Out>> {
 public:
  collecting_source(const step<In, Out>& then, source_ptr<piece_of_t<Mid>> input, call_context context,
                    then_stream how, step_place place = step_place())
      : step_(then), input_(std::move(input)), context_(std::move(context)), how_(how), place_(place) {}
  awaitable<std::optional<piece_of_t<Out>>> next() override {
    if (output_) return output_->next();
    return collect_and_begin();
  }
  bool take_ready(std::optional<piece_of_t<Out>>& slot) override {
    return output_ && output_->take_ready(slot);
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
  awaitable<std::optional<piece_of_t<Out>>> collect_and_begin() {
    assembly<Mid> whole;
    for (;;) {
      std::optional<piece_of_t<Mid>> piece;
      if (!input_->take_ready(piece)) co_await input_->pull_into(piece);
      if (!piece) break;
      whole.add(std::move(*piece));
    }
    In input = whole.take();
    output_ = how_ == then_stream::run ? step_.run_stream(std::move(input), context_, place_)
                                       : step_.relay_stream(std::move(input), context_, place_);
    std::optional<piece_of_t<Out>> piece = co_await output_->next();
    co_return piece;
  }

  const step<In, Out>& step_;
  source_ptr<piece_of_t<Mid>> input_;
  call_context context_;
  then_stream how_;
  step_place place_;
  source_ptr<piece_of_t<Out>> output_;
};

/// A stream whose listeners are told of it. It begins with its first piece.
template <class In, class Out>
class observed_source final : public source<piece_of_t<Out>> {
 public:
  using chunk = piece_of_t<Out>;

  observed_source(const step<In, Out>& of, call_context around, step_place place, Value shown,
                  std::optional<In> whole, source_ptr<piece_of_t<In>> pieces)
      : step_(of),
        run_(of, std::move(around), place, std::move(shown)),
        input_(std::move(whole)),
        pieces_(std::move(pieces)) {}
  ~observed_source() override { run_.left(); }
  awaitable<std::optional<chunk>> next() override {
    std::exception_ptr failure;
    std::optional<chunk> piece;
    try {
      if (!inner_) begin();
      co_await inner_->pull_into(piece);
    } catch (...) {
      failure = std::current_exception();
      run_.failed(failure);
    }
    if (failure) std::rethrow_exception(failure);
    if (run_.is_heard()) tell(piece);
    co_return piece;
  }
  bool take_ready(std::optional<chunk>& slot) override {
    if (!inner_ || !inner_->take_ready(slot)) return false;
    if (run_.is_heard()) tell(slot);
    return true;
  }
  void stop() noexcept override {
    if (inner_)
      inner_->stop();
    else if (pieces_)
      pieces_->stop();
  }
  awaitable<void> close() override {
    if (inner_) return inner_->close();
    if (pieces_) return pieces_->close();
    return closable::close();
  }

 private:
  void begin() {
    const call_context& below = run_.begin();
    inner_ = input_ ? step_.stream(std::move(*input_), below) : step_.transform(std::move(pieces_), below);
    input_.reset();
  }
  void tell(const std::optional<chunk>& piece) {
    if (!piece) {
      run_.ended(any_ ? value_to_show(whole_.take()) : Value());
    } else if constexpr (can_be_copied<chunk>::value) {
      run_.piece(value_to_show(*piece));
      whole_.add(*piece);
      any_ = true;
    } else {
      run_.piece(Value());
    }
  }

  const step<In, Out>& step_;
  observed_run run_;
  std::optional<In> input_;  // one of the two, before it has begun
  source_ptr<piece_of_t<In>> pieces_;
  source_ptr<chunk> inner_;
  assembly<Out> whole_;
  bool any_ = false;
};

template <class In, class Out>
source_ptr<piece_of_t<Out>> step<In, Out>::run_stream(In input, call_context context,
                                                      step_place place) const {
  if (silent()) return relay_stream(std::move(input), std::move(context), place);
  if (!context.is_observed()) return stream(std::move(input), std::move(context));
  Value shown = value_to_show(input);
  return std::make_unique<observed_source<In, Out>>(*this, std::move(context), place, std::move(shown),
                                                    std::optional<In>(std::move(input)), nullptr);
}
template <class In, class Out>
source_ptr<piece_of_t<Out>> step<In, Out>::run_transform(source_ptr<piece_of_t<In>> input,
                                                         call_context context, step_place place) const {
  if (silent()) return relay_transform(std::move(input), std::move(context), place);
  if (!context.is_observed()) return transform(std::move(input), std::move(context));
  return std::make_unique<observed_source<In, Out>>(*this, std::move(context), place, Value(), std::nullopt,
                                                    std::move(input));
}

template <class In, class Out>
source_ptr<piece_of_t<Out>> step<In, Out>::stream(In input, call_context context) const {
  return std::make_unique<call_source<In, Out>>(*this, std::move(input), std::move(context));
}
template <class In, class Out>
source_ptr<piece_of_t<Out>> step<In, Out>::transform(source_ptr<piece_of_t<In>> input,
                                                     call_context context) const {
  return std::make_unique<collecting_source<In, In, Out>>(*this, std::move(input), std::move(context),
                                                          then_stream::relay);
}

/// The source of a call from outside: it is made by the first `next()`, below the context that is found there.
template <class P>
class opened_source : public source<P> {
 public:
  awaitable<std::optional<P>> next() override {
    if (inner_) return inner_->next();
    return open_and_pull();
  }
  bool take_ready(std::optional<P>& slot) override { return inner_ && inner_->take_ready(slot); }
  void stop() noexcept override {
    if (inner_) inner_->stop();
  }
  awaitable<void> close() override {
    if (inner_) return inner_->close();
    return closable::close();
  }

 protected:
  virtual source_ptr<P> open(call_context context) = 0;

 private:
  awaitable<std::optional<P>> open_and_pull() {
    const boost::asio::any_io_executor here = co_await boost::asio::this_coro::executor;
    inner_ = open(context_on(here));
    std::optional<P> piece = co_await inner_->next();
    co_return piece;
  }
  source_ptr<P> inner_;
};

/// The stream of a step.
template <class In, class Out>
class step_stream final : public opened_source<piece_of_t<Out>> {
 public:
  step_stream(std::shared_ptr<const step<In, Out>> of, In input)
      : step_(std::move(of)), input_(std::move(input)) {}

 private:
  source_ptr<piece_of_t<Out>> open(call_context context) override {
    return step_->run_stream(std::move(input_), std::move(context));
  }
  std::shared_ptr<const step<In, Out>> step_;
  In input_;
};

}  // namespace corochain::detail
