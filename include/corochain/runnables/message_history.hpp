// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "corochain/core/awaitable.hpp"
#include "corochain/core/dict.hpp"
#include "corochain/core/export.hpp"
#include "corochain/core/message.hpp"
#include "corochain/runnables/runnable.hpp"
#include "corochain/runnables/step.hpp"

namespace corochain {

/// Where the messages of conversations are kept. Implement it for a database of your own.
///
/// `RunnableWithMessageHistory` calls it for one session at a time, and for several sessions at once; from any thread.
class COROCHAIN_EXPORT ChatMessageHistoryStore {
 public:
  virtual ~ChatMessageHistoryStore();
  /// The messages of a session, oldest first; none of a session that is new.
  virtual awaitable<Messages> load(std::string session) = 0;
  /// Adds messages at the end. All of them or, when it throws, none.
  virtual awaitable<void> append(std::string session, Messages added) = 0;
};

/// Keeps conversations in memory, for as long as it lives. Safe from any number of threads.
class COROCHAIN_EXPORT InMemoryChatMessageHistory : public ChatMessageHistoryStore {
 public:
  InMemoryChatMessageHistory();
  ~InMemoryChatMessageHistory() override;
  awaitable<Messages> load(std::string session) override;
  awaitable<void> append(std::string session, Messages added) override;
  /// The messages of a session, without a run.
  Messages messages(const std::string& session) const;
  /// Forgets a session.
  void clear(const std::string& session);

 private:
  struct state;
  std::shared_ptr<state> state_;
};

/// What is called how in the input and output of a chain with a history.
struct COROCHAIN_EXPORT MessageHistoryKeys {
  MessageHistoryKeys();
  MessageHistoryKeys(std::string input, std::string output, std::string history);

  /// Of the input: what the user says, a text or Messages. They become part of the history.
  std::string input_messages_key = "input";
  /// Of an output that is a Dict: what the model says, a text, an AIMessage or Messages. Else it is not used.
  std::string output_messages_key = "output";
  /// Of the chain's input: where it finds the history, as Messages. A prompt takes them with a `MessagesPlaceholder`.
  std::string history_messages_key = "history";
};

namespace detail {

struct history_state;

/// One run of a chain with a history. Its session is locked from `begin` to `leave`, or until this is destroyed.
class COROCHAIN_EXPORT history_visit {
 public:
  explicit history_visit(std::shared_ptr<history_state> state);
  ~history_visit();
  history_visit(const history_visit&) = delete;
  history_visit& operator=(const history_visit&) = delete;
  /// Waits for the session's turn, and puts the history into `input`.
  awaitable<void> begin(const call_context& context, Dict& input);
  /// Adds what was said.
  awaitable<void> finish(const call_context& context, Value output);
  void leave() noexcept;

 private:
  struct session;
  std::shared_ptr<history_state> state_;
  std::shared_ptr<session> session_;
};

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
    if (!pieces_) {
      co_await visit_.begin(context_, input_);
      pieces_ = inner_.run_stream(std::move(input_), context_);
    }
    std::optional<chunk_of_t<Out>> chunk = co_await pieces_->next();
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
    if (!pieces_ || !pieces_->take_ready(slot)) return false;
    whole_.add(*slot);
    return true;
  }
  void stop() noexcept override {
    if (pieces_) pieces_->stop();
    if (!pulling_) visit_.leave();
  }
  awaitable<void> close() override {
    if (pieces_) co_await pieces_->close();
    visit_.leave();
  }

 private:
  bool pulling_ = false;
  history_visit visit_;
  const step<Dict, Out>& inner_;
  Dict input_;
  call_context context_;
  chunk_source_ptr<chunk_of_t<Out>> pieces_;
  chunk_accumulator<Out> whole_;
};

template <class Out>
class history_step final : public step<Dict, Out> {
 public:
  history_step(std::shared_ptr<const step<Dict, Out>> inner, std::shared_ptr<history_state> state)
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
  chunk_source_ptr<chunk_of_t<Out>> stream(Dict input, call_context context) const override {
    return std::make_unique<history_source<Out>>(state_, *inner_, std::move(input), std::move(context));
  }

 private:
  std::shared_ptr<const step<Dict, Out>> inner_;
  std::shared_ptr<history_state> state_;
};

}  // namespace detail

/// A chain that remembers: `RunnableWithMessageHistory(chain, store, {"question", "", "history"})`. The chain takes a
/// Dict and gives an AIMessage, a text or a Dict.
///
/// The session is the text that the call's configuration has as "session_id":
/// `remembering.ainvoke(input, RunConfig().configurable("session_id", "abc"))`; a `ConfigError` without one. Each run
/// loads the session's messages, gives them to the chain under `history_messages_key`, and appends what was said when
/// the chain has ended well. A run that fails or is cancelled appends nothing.
///
/// Runs of one session go one after the other in order of arrival, across threads and loops; other sessions do not
/// wait. Who waits can be cancelled, waits under the run's deadline, and holds no permit of a `max_concurrency`. A run
/// must not call the same session again from within: it would wait for itself. A stream holds its session from its
/// first `next()` to its end and appends then; one that is left before appends nothing.
///
/// Copies share the store and the turns; two objects that are made apart do not wait for each other.
template <class Out>
class RunnableWithMessageHistory : public Runnable<Dict, Out> {
 public:
  RunnableWithMessageHistory(const Runnable<Dict, Out>& chain, std::shared_ptr<ChatMessageHistoryStore> store,
                             MessageHistoryKeys keys = MessageHistoryKeys())
      : Runnable<Dict, Out>(std::make_shared<const detail::history_step<Out>>(
            chain.step(), detail::make_history(std::move(store), std::move(keys)))) {}
};

}  // namespace corochain
