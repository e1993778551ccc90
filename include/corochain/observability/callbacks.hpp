// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "corochain/core/detail/durations.hpp"
#include "corochain/core/dict.hpp"
#include "corochain/core/export.hpp"
#include "corochain/core/result.hpp"

namespace corochain {

/// The id of one run of one step: one call of a chain, of the model in it, of its parser. Unique in the
/// process.
struct RunId {
  /// Counts from 1.
  std::uint64_t value = 0;
  friend bool operator==(const RunId&, const RunId&) = default;
};

/// The kind of step that ran.
enum class RunType { chain, chat_model, prompt, parser, tool };
COROCHAIN_EXPORT const char* to_string(RunType type) noexcept;
COROCHAIN_EXPORT std::ostream& operator<<(std::ostream& out, RunType type);

/// An event in a run.
enum class RunEventKind {
  /// `data()` is the input; null if it arrives in chunks or cannot be copied.
  started,
  /// A stream produced a chunk: `data()` is the chunk.
  chunk,
  /// The former name.
  piece = chunk,
  /// `data()` is the output. After a stream it is all chunks added up.
  ended,
  /// `error()` is the reason. A run that was cancelled has failed, too.
  failed,
  /// The run goes on with another attempt. See `error()`, `attempt()` and `wait()`.
  retried
};
COROCHAIN_EXPORT const char* to_string(RunEventKind kind) noexcept;
COROCHAIN_EXPORT std::ostream& operator<<(std::ostream& out, RunEventKind kind);

namespace detail {
struct run_info;
struct run_event_state;
class callback_queue;
}  // namespace detail

/// One event of one run. Cheap to copy; const access is safe from several threads.
class COROCHAIN_EXPORT RunEvent {
 public:
  using duration = std::chrono::steady_clock::duration;

  RunEventKind kind() const noexcept;
  RunType type() const noexcept;
  /// LangChain's name for kind and type: "on_chat_model_start", "on_chain_stream", "on_parser_end".
  std::string event() const;
  /// The name given with `RunConfig::run_name`, or the name of the step: "RunnableSequence".
  const std::string& name() const noexcept;
  RunId run_id() const noexcept;
  /// The runs around it, outermost first.
  std::vector<RunId> parent_ids() const;
  /// The tags of the configurations in force, and one that says where the step stands: "seq:step:2",
  /// "map:key:joke", "branch:1".
  const std::vector<std::string>& tags() const noexcept;
  const Dict& metadata() const noexcept;
  std::chrono::system_clock::time_point at() const noexcept;
  /// See `RunEventKind`. It is user data: prompts and answers.
  const Value& data() const noexcept;
  /// Null unless something failed.
  const Failure* error() const noexcept;
  /// For `retried`, the number of the next attempt: 2 for the first retry. Else 0.
  std::size_t attempt() const noexcept;
  /// For `retried`, the wait before the next attempt.
  duration wait() const noexcept;

  explicit RunEvent(std::shared_ptr<const detail::run_event_state> state) noexcept;

 private:
  std::shared_ptr<const detail::run_event_state> state_;
};

/// Receives the events of the runs that it is added to with `RunConfig().callback(handler)`. Override the
/// functions for the events that you need.
///
/// A handler never slows a run and never makes it fail. It runs on a thread of its own, one event at a time,
/// in order. The thread starts with the first event and ends with the handler. Events wait in a queue. When
/// the handler is too slow and the queue is full, further events are dropped and counted. An exception of a
/// handler is swallowed and becomes a line "callback.failed" in the log. A queued event keeps the handler
/// alive. Call `flush` at the end of a program, or the last events may be lost with the process. A handler
/// does not work in a child of fork.
class COROCHAIN_EXPORT CallbackHandler {
 public:
  /// At most `queue_limit` events wait in the queue.
  explicit CallbackHandler(std::size_t queue_limit = 10'000);
  virtual ~CallbackHandler();
  CallbackHandler(const CallbackHandler&) = delete;
  CallbackHandler& operator=(const CallbackHandler&) = delete;

  /// Receives every event and calls one of the functions below.
  virtual void on_event(const RunEvent& event);

  virtual void on_chain_start(const RunEvent&) {}
  virtual void on_chain_end(const RunEvent&) {}
  virtual void on_chain_error(const RunEvent&) {}
  virtual void on_chat_model_start(const RunEvent&) {}
  /// A chunk of a model's streamed answer: `data()` is an `AIMessageChunk`.
  virtual void on_llm_new_token(const RunEvent&) {}
  virtual void on_llm_end(const RunEvent&) {}
  virtual void on_llm_error(const RunEvent&) {}
  virtual void on_prompt_start(const RunEvent&) {}
  virtual void on_prompt_end(const RunEvent&) {}
  virtual void on_prompt_error(const RunEvent&) {}
  virtual void on_parser_start(const RunEvent&) {}
  virtual void on_parser_end(const RunEvent&) {}
  virtual void on_parser_error(const RunEvent&) {}
  virtual void on_tool_start(const RunEvent&) {}
  virtual void on_tool_end(const RunEvent&) {}
  virtual void on_tool_error(const RunEvent&) {}
  /// An attempt of a model's client or of `with_retry` failed, and another one follows.
  virtual void on_retry(const RunEvent&) {}

  /// True: the handler is called at once, inside the run and on its thread, and by several threads at the
  /// same time. It must be quick and never block, or it slows the run. Called once for each event.
  virtual bool run_inline() const noexcept { return false; }

  /// Waits until all events so far are handled. Returns false if that takes longer than `at_most`, and on the
  /// handler's own thread. Blocks the thread: do not call it in a coroutine.
  bool flush(std::chrono::steady_clock::duration at_most = std::chrono::seconds(10)) const;
  /// The number of events that were dropped because the queue was full.
  std::size_t dropped() const noexcept;

 private:
  friend class detail::callback_queue;
  std::shared_ptr<detail::callback_queue> queue_;
};

}  // namespace corochain
