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

/// The store that keeps the messages of conversations. Implement it for a database of your own.
///
/// `RunnableWithMessageHistory` calls it from any thread. It makes one call at a time for each session, and
/// calls for several sessions at once.
class COROCHAIN_EXPORT ChatMessageHistoryStore {
 public:
  virtual ~ChatMessageHistoryStore();
  /// The messages of a session, oldest first; empty for a new session.
  virtual awaitable<Messages> load(std::string session) = 0;
  /// Adds messages at the end: all of them, or none when it throws.
  virtual awaitable<void> append(std::string session, Messages added) = 0;
};

/// Keeps conversations in memory, for as long as the object lives. Safe from any number of threads.
class COROCHAIN_EXPORT InMemoryChatMessageHistory : public ChatMessageHistoryStore {
 public:
  InMemoryChatMessageHistory();
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

/// The keys that name the parts of a chain's input and output for a history.
struct COROCHAIN_EXPORT MessageHistoryKeys {
  MessageHistoryKeys();
  MessageHistoryKeys(std::string input, std::string output, std::string history);

  /// The key of the input for the user's words, a text or Messages. They become part of the history.
  std::string input_messages_key = "input";
  /// The key of an output that is a Dict for the model's words: a text, an AIMessage or Messages. Not used
  /// for other outputs.
  std::string output_messages_key = "output";
  /// The key of the chain's input under which the chain finds the history, as Messages. A prompt takes them
  /// with a `MessagesPlaceholder`.
  std::string history_messages_key = "history";
};

/// A chain that remembers: `RunnableWithMessageHistory(chain, store, {"question", "", "history"})`. The chain
/// takes a Dict and gives an AIMessage, a text or a Dict.
///
/// The session is the text that the call's configuration has as "session_id": `remembering.ainvoke(input,
/// RunConfig().configurable("session_id", "abc"))`. Without one the call throws a `ConfigError `. Each run
/// loads the session's messages and gives them to the chain under `history_messages_key`. When the chain has
/// ended without a failure, the run appends the new messages. A run that fails or is cancelled appends
/// nothing.
///
/// Runs of one session go one after the other in order of arrival, across threads and loops; other sessions
/// do not wait. A waiting run can be cancelled, waits under its deadline, and holds no permit of a
/// `max_concurrency`. A run must not call the same session again from within: it would wait for itself. A
/// stream holds its session from its first `next()` to its end and appends then. A stream that is left before
/// its end appends nothing.
///
/// Copies share the store and the turns; two objects that are constructed separately do not wait for each
/// other.
template <class Out>
class RunnableWithMessageHistory : public Runnable<Dict, Out> {
 public:
  RunnableWithMessageHistory(const Runnable<Dict, Out>& chain, std::shared_ptr<ChatMessageHistoryStore> store,
                             MessageHistoryKeys keys = MessageHistoryKeys())
      : Runnable<Dict, Out>(std::make_shared<const detail::history_step<Out>>(
            chain.step(), detail::make_history(std::move(store), std::move(keys)))) {}
};

}  // namespace corochain
