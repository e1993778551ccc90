// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "corochain/core/awaitable.hpp"
#include "corochain/core/export.hpp"
#include "corochain/core/message.hpp"
#include "corochain/runnables/detail/message_history.hpp"
#include "corochain/runnables/runnable.hpp"

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
