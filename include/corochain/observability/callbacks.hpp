// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "corochain/core/detail/durations.hpp"
#include "corochain/core/dict.hpp"
#include "corochain/core/export.hpp"
#include "corochain/core/result.hpp"

namespace corochain {

/// Names one run of one step: one call of a chain, of the model in it, of its parser. Unique in the process.
struct RunId {
  std::uint64_t value = 0;  ///< counted from 1
  friend bool operator==(const RunId&, const RunId&) = default;
};

/// What kind of step ran.
enum class RunType { chain, chat_model, prompt, parser, tool };
COROCHAIN_EXPORT const char* to_string(RunType type) noexcept;

/// What happened to a run.
enum class RunEventKind {
  started,  ///< `data()` is the input; null where it comes piece by piece or cannot be copied
  piece,    ///< of a stream: `data()` is the piece
  ended,    ///< `data()` is the output; of a stream all pieces put together
  failed,   ///< `error()` says why; a run that was cancelled has failed, too
  retried   ///< the run goes on with another attempt: `error()`, `attempt()` and `wait()` tell of it
};
COROCHAIN_EXPORT const char* to_string(RunEventKind kind) noexcept;

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
  /// LangChain's name of the two: "on_chat_model_start", "on_chain_stream", "on_parser_end".
  std::string event() const;
  /// The run's own name if it was given one with `RunConfig::run_name`, else its step's: "RunnableSequence".
  const std::string& name() const noexcept;
  RunId run_id() const noexcept;
  /// The runs around it, outermost first.
  std::vector<RunId> parent_ids() const;
  /// Of the configurations in force, and one that tells the step's place: "seq:step:2", "map:key:joke", "branch:1".
  const std::vector<std::string>& tags() const noexcept;
  const Dict& metadata() const noexcept;
  std::chrono::system_clock::time_point at() const noexcept;
  /// See `RunEventKind`. User data: prompts and answers.
  const Value& data() const noexcept;
  /// Null unless something failed.
  const Failure* error() const noexcept;
  /// Of `retried`: the number of the attempt that comes next, 2 for the first retry; else 0.
  std::size_t attempt() const noexcept;
  /// Of `retried`: how long is waited before it.
  duration wait() const noexcept;

  explicit RunEvent(std::shared_ptr<const detail::run_event_state> state) noexcept;

 private:
  std::shared_ptr<const detail::run_event_state> state_;
};

/// Is told what happens in the runs that it is given to: `RunConfig().callback(handler)`. Override what you care for.
///
/// A handler never slows a run and never fails it. It is called on a thread of its own, one event at a time in their
/// order; the thread starts with the first event and ends with the handler. Events wait in a queue; when that is
/// full, because the handler is too slow, further ones are dropped and counted. What a handler throws is swallowed and
/// becomes a line "callback.failed" in the log. A queued event keeps the handler alive. At the end of a program call
/// `flush`, or the last events may be lost with the process. Does not work on in a child of fork.
class COROCHAIN_EXPORT CallbackHandler {
 public:
  /// At most `queue_limit` events wait.
  explicit CallbackHandler(std::size_t queue_limit = 10'000);
  virtual ~CallbackHandler();
  CallbackHandler(const CallbackHandler&) = delete;
  CallbackHandler& operator=(const CallbackHandler&) = delete;

  /// Any event; calls one of those below.
  virtual void on_event(const RunEvent& event);

  virtual void on_chain_start(const RunEvent& event);
  virtual void on_chain_end(const RunEvent& event);
  virtual void on_chain_error(const RunEvent& event);
  virtual void on_chat_model_start(const RunEvent& event);
  /// A piece of a model's streamed answer: an `AIMessageChunk` as `data()`.
  virtual void on_llm_new_token(const RunEvent& event);
  virtual void on_llm_end(const RunEvent& event);
  virtual void on_llm_error(const RunEvent& event);
  virtual void on_prompt_start(const RunEvent& event);
  virtual void on_prompt_end(const RunEvent& event);
  virtual void on_prompt_error(const RunEvent& event);
  virtual void on_parser_start(const RunEvent& event);
  virtual void on_parser_end(const RunEvent& event);
  virtual void on_parser_error(const RunEvent& event);
  virtual void on_tool_start(const RunEvent& event);
  virtual void on_tool_end(const RunEvent& event);
  virtual void on_tool_error(const RunEvent& event);
  /// An attempt failed and another one follows: of a model's client, or of `with_retry`.
  virtual void on_retry(const RunEvent& event);

  /// True: the handler is called at once, inside the run, on whatever thread that is, from several at once. It must
  /// then be quick and never block, or it does slow the run. Asked once for each event.
  virtual bool run_inline() const noexcept;

  /// Waits until all events that were told so far are handled; false when that takes longer than `at_most`, and on the
  /// handler's own thread. Blocks: not for coroutines.
  bool flush(std::chrono::steady_clock::duration at_most = std::chrono::seconds(10)) const;
  /// Events that found the queue full.
  std::size_t dropped() const noexcept;

 private:
  friend class detail::callback_queue;
  std::shared_ptr<detail::callback_queue> queue_;
};

}  // namespace corochain
