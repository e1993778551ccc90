// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "corochain/core/dict.hpp"
#include "corochain/core/export.hpp"
#include "corochain/runnables/chunk_accumulator.hpp"
#include "corochain/runnables/step.hpp"

namespace corochain {

class ChatMessageHistoryStore;
struct MessageHistoryKeys;

namespace detail {

struct history_state;

/// One run of a chain with a history. Its session is locked from `begin` to `leave`, or until this is
/// destroyed.
class COROCHAIN_EXPORT history_visit {
 public:
  explicit history_visit(std::shared_ptr<history_state> state);
  ~history_visit();
  /// Waits for the session's turn, and puts the history into `input`.
  awaitable<void> begin(const call_context& context, Dict& input);
  /// Adds the new messages.
  awaitable<void> finish(const call_context& context, Value output);
  /// Ends a `finish` under way as cancelled, and one that begins later.
  void stop() noexcept;
  void leave() noexcept;

 private:
  struct session;
  std::shared_ptr<history_state> state_;
  std::unique_ptr<session> session_;
};

/// The state that all runs of one runnable share. Throws a `ConfigError` without a store, or without a key
/// for the input or for the history.
COROCHAIN_EXPORT std::shared_ptr<history_state> make_history(std::shared_ptr<ChatMessageHistoryStore> store,
                                                             MessageHistoryKeys keys);

template <class Out>
class history_source final : public chunk_source<chunk_of_t<Out>> {
 public:
  history_source(std::shared_ptr<history_state> state, const step<Dict, Out>& inner, Dict input,
                 call_context context)
      : visit_(std::move(state)), inner_(inner), input_(std::move(input)), context_(std::move(context)) {}
  awaitable<std::optional<chunk_of_t<Out>>> next() override {
    pulling_ = true;
    if (!chunks_) {
      co_await visit_.begin(context_, input_);
      chunks_ = inner_.run_stream(std::move(input_), context_);
    }
    std::optional<chunk_of_t<Out>> chunk = co_await chunks_->next();
    if (chunk) {
      whole_.add(*chunk);
    } else {
      Value said(whole_.take());
      co_await visit_.finish(context_, std::move(said));
    }
    pulling_ = false;
    co_return chunk;
  }
  bool take_ready(std::optional<chunk_of_t<Out>>& slot) override {
    if (!chunks_ || !chunks_->take_ready(slot)) return false;
    whole_.add(*slot);
    return true;
  }
  void stop() noexcept override {
    if (chunks_) chunks_->stop();
    if (pulling_)
      visit_.stop();
    else
      visit_.leave();
  }
  bool next_ends_by_stop() const noexcept override { return chunks_ && chunks_->next_ends_by_stop(); }
  awaitable<void> close() override {
    if (chunks_) co_await chunks_->close();
    visit_.leave();
  }

 private:
  bool pulling_ = false;
  history_visit visit_;
  const step<Dict, Out>& inner_;
  Dict input_;
  call_context context_;
  chunk_source_of<Out> chunks_;
  chunk_accumulator<Out> whole_;
};

/// The step of a `RunnableWithMessageHistory`.
template <class Out>
class history_step final : public step<Dict, Out> {
 public:
  history_step(step_ptr<Dict, Out> inner, std::shared_ptr<history_state> state)
      : inner_(std::move(inner)), state_(std::move(state)) {}
  const char* name() const noexcept override { return "RunnableWithMessageHistory"; }
  step_shape shape() const override { return {step_layout::around, {{inner_.get(), ""}}}; }
  awaitable<void> call(Dict input, const call_context& context, std::optional<Out>& answer) const override {
    history_visit visit(state_);
    co_await visit.begin(context, input);
    co_await inner_->run(std::move(input), context, answer);
    Value said(*answer);
    co_await visit.finish(context, std::move(said));
  }
  chunk_source_of<Out> stream(Dict input, call_context context) const override {
    return std::make_unique<history_source<Out>>(state_, *inner_, std::move(input), std::move(context));
  }

 private:
  step_ptr<Dict, Out> inner_;
  std::shared_ptr<history_state> state_;
};

}  // namespace detail
}  // namespace corochain
