// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include "corochain/runnables/chunk_accumulator.hpp"
#include "corochain/runnables/detail/collecting_source.hpp"
#include "corochain/runnables/detail/transparent_step.hpp"
#include "corochain/runnables/step.hpp"

namespace corochain::detail {

template <class Mid, class In, class Out>
// Declared, because its header may be the one that includes this header.
class collecting_source;

/// The answer of `call` as the only chunk of a stream.
template <class In, class Out>
class call_source final : public chunk_source<chunk_of_t<Out>> {
 public:
  call_source(const step<In, Out>& of, In input, call_context context)
      : step_(of), input_(std::move(input)), context_(std::move(context)) {}
  awaitable<std::optional<chunk_of_t<Out>>> next() override {
    std::optional<chunk_of_t<Out>> next_chunk;
    if (input_) {
      std::optional<In> input = std::exchange(input_, std::nullopt);
      std::optional<Out> value;
      co_await step_.call(std::move(*input), context_, value);
      next_chunk.emplace(std::move(*value));
    }
    co_return next_chunk;
  }
  // Cancelling `next` stops the call.
  void stop() noexcept override {}

 private:
  const step<In, Out>& step_;
  std::optional<In> input_;
  call_context context_;
};

/// A stream that the listeners are told of. It begins with the first `next()`.
template <class In, class Out>
class observed_source final : public chunk_source<chunk_of_t<Out>> {
 public:
  using chunk = chunk_of_t<Out>;

  observed_source(const step<In, Out>& of, call_context around, step_place place, Value shown,
                  std::optional<In> whole, chunk_source_of<In> chunks)
      : step_(of),
        run_(of, std::move(around), place, std::move(shown)),
        input_(std::move(whole)),
        chunks_(std::move(chunks)) {}
  ~observed_source() override { run_.left(); }
  awaitable<std::optional<chunk>> next() override {
    std::exception_ptr failure;
    std::optional<chunk> next_chunk;
    try {
      if (!inner_) begin();
      // Not `pull_into`, which would be one coroutine more for each chunk.
      std::optional<chunk> given = co_await inner_->next();
      if (given) next_chunk.emplace(std::move(*given));
    } catch (...) {
      failure = std::current_exception();
      run_.failed(failure);
    }
    if (failure) std::rethrow_exception(failure);
    if (run_.is_heard()) tell(next_chunk);
    co_return next_chunk;
  }
  bool take_ready(std::optional<chunk>& slot) override {
    if (!inner_ || !inner_->take_ready(slot)) return false;
    if (run_.is_heard()) tell(slot);
    return true;
  }
  void stop() noexcept override {
    if (inner_)
      inner_->stop();
    else if (chunks_)
      chunks_->stop();
  }
  bool next_ends_by_stop() const noexcept override { return inner_ && inner_->next_ends_by_stop(); }
  awaitable<void> close() override {
    if (inner_) return inner_->close();
    if (chunks_) return chunks_->close();
    return closable::close();
  }

 private:
  void begin() {
    const call_context& below = run_.begin();
    inner_ = input_ ? step_.stream(std::move(*input_), below) : step_.transform(std::move(chunks_), below);
    input_.reset();
  }
  void tell(const std::optional<chunk>& next_chunk) {
    if (!next_chunk) {
      run_.ended(any_ ? value_to_show(whole_.take()) : Value());
    } else if constexpr (can_be_copied<chunk>::value) {
      run_.tell_chunk(value_to_show(*next_chunk));
      whole_.add(*next_chunk);
      any_ = true;
    } else {
      run_.tell_chunk(Value());
    }
  }

  const step<In, Out>& step_;
  observed_run run_;
  // One of the two is set until the stream has begun.
  std::optional<In> input_;
  chunk_source_of<In> chunks_;
  chunk_source_ptr<chunk> inner_;
  chunk_accumulator<Out> whole_;
  bool any_ = false;
};

}  // namespace corochain::detail

namespace corochain {

template <class In, class Out>
chunk_source_of<Out> step<In, Out>::stream(In input, call_context context) const {
  return std::make_unique<detail::call_source<In, Out>>(*this, std::move(input), std::move(context));
}
template <class In, class Out>
chunk_source_of<Out> step<In, Out>::transform(chunk_source_of<In> input, call_context context) const {
  return std::make_unique<detail::collecting_source<In, In, Out>>(*this, std::move(input),
                                                                  std::move(context));
}

template <class In, class Out>
awaitable<void> step<In, Out>::run(In input, const call_context& context, std::optional<Out>& answer,
                                   detail::step_place place) const {
  if (transparent_) return transparent_->run_inner(std::move(input), context, answer, place);
  if (!context.is_observed()) return call(std::move(input), context, answer);
  Value shown = detail::value_to_show(input);
  auto made = std::make_unique<detail::observed_call_of<In, Out>>(*this, std::move(input), answer);
  return detail::observe(*this, context, place, std::move(shown), std::move(made));
}
template <class In, class Out>
chunk_source_of<Out> step<In, Out>::run_stream(In input, call_context context,
                                               detail::step_place place) const {
  if (transparent_) return transparent_->stream_inner(std::move(input), std::move(context), place);
  if (!context.is_observed()) return stream(std::move(input), std::move(context));
  Value shown = detail::value_to_show(input);
  return std::make_unique<detail::observed_source<In, Out>>(
      *this, std::move(context), place, std::move(shown), std::optional<In>(std::move(input)), nullptr);
}
template <class In, class Out>
chunk_source_of<Out> step<In, Out>::run_transform(chunk_source_of<In> input, call_context context,
                                                  detail::step_place place) const {
  if (transparent_) return transparent_->transform_inner(std::move(input), std::move(context), place);
  if (!context.is_observed()) return transform(std::move(input), std::move(context));
  return std::make_unique<detail::observed_source<In, Out>>(*this, std::move(context), place, Value(),
                                                            std::nullopt, std::move(input));
}

}  // namespace corochain
