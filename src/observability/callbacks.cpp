// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/observability/callbacks.hpp"

#include <algorithm>
#include <atomic>
#include <ostream>

#include "core/enum_name.hpp"
#include "observability/callback_queue.hpp"
#include "observability/run_trace.hpp"

// Events of runs, and their way to handlers. runnables makes an event for each start, chunk, end, failure and
// retry of a step (observed_run.cpp) and calls notify(). Runs without listeners make none.
namespace corochain {

const char* to_string(RunType type) noexcept {
  return detail::name_of<RunType::tool>(type, {"chain", "chat_model", "prompt", "parser", "tool"});
}

// The words of LangChain's event names: a chunk is "stream", a failure is "error".
const char* to_string(RunEventKind kind) noexcept {
  return detail::name_of<RunEventKind::retried>(kind, {"start", "stream", "end", "error", "retry"});
}

std::ostream& operator<<(std::ostream& out, RunType type) { return out << to_string(type); }
std::ostream& operator<<(std::ostream& out, RunEventKind kind) { return out << to_string(kind); }

// RunEvent is a handle to shared state, so an event that goes to several handlers and waits in their queues
// is one object, and the type in the header stays small.
RunEvent::RunEvent(std::shared_ptr<const detail::run_event_state> state) noexcept
    : state_(std::move(state)) {}

RunEventKind RunEvent::kind() const noexcept { return state_->kind; }
RunType RunEvent::type() const noexcept { return state_->run->type; }
std::string RunEvent::event() const {
  // LangChain's names, by which its users filter the events of `astream_events`.
  return std::string("on_") + to_string(type()) + '_' + to_string(kind());
}
const std::string& RunEvent::name() const noexcept { return state_->run->name; }
RunId RunEvent::run_id() const noexcept { return state_->run->id; }
// Made on request: most handlers never ask, and a list in each event would cost each run.
std::vector<RunId> RunEvent::parent_ids() const {
  std::vector<RunId> ids;
  for (const auto* run = state_->run->parent.get(); run; run = run->parent.get()) ids.push_back(run->id);
  // The list leads upward, LangChain's leads downward.
  std::reverse(ids.begin(), ids.end());
  return ids;
}
const std::vector<std::string>& RunEvent::tags() const noexcept { return state_->run->tags; }
const Dict& RunEvent::metadata() const noexcept { return state_->run->metadata; }
std::chrono::system_clock::time_point RunEvent::at() const noexcept { return state_->at; }
const Value& RunEvent::data() const noexcept { return state_->data; }
const Failure* RunEvent::error() const noexcept { return state_->error ? &*state_->error : nullptr; }
std::size_t RunEvent::attempt() const noexcept { return state_->attempt; }
RunEvent::duration RunEvent::wait() const noexcept { return state_->wait; }

// ---- CallbackHandler

// The queue is shared with its thread, which may end after the handler.
CallbackHandler::CallbackHandler(std::size_t queue_limit)
    : queue_(std::make_shared<detail::callback_queue>(queue_limit)) {}
// Ends the thread. A queued event holds the handler, so none is lost here.
CallbackHandler::~CallbackHandler() { queue_->close(); }

void CallbackHandler::on_event(const RunEvent& event) {
  // The functions have LangChain's names, which follow no rule: a model's start is on_chat_model_start, its
  // end on_llm_end. So a table in the order of RunType tells which is which.
  using function = void (CallbackHandler::*)(const RunEvent&);
  struct of_type {
    function started, ended, failed;
  };
  static constexpr of_type functions[] = {
      {&CallbackHandler::on_chain_start, &CallbackHandler::on_chain_end, &CallbackHandler::on_chain_error},
      {&CallbackHandler::on_chat_model_start, &CallbackHandler::on_llm_end, &CallbackHandler::on_llm_error},
      {&CallbackHandler::on_prompt_start, &CallbackHandler::on_prompt_end, &CallbackHandler::on_prompt_error},
      {&CallbackHandler::on_parser_start, &CallbackHandler::on_parser_end, &CallbackHandler::on_parser_error},
      {&CallbackHandler::on_tool_start, &CallbackHandler::on_tool_end, &CallbackHandler::on_tool_error},
  };
  const of_type& own = functions[static_cast<std::size_t>(event.type())];
  switch (event.kind()) {
    case RunEventKind::started: return (this->*own.started)(event);
    case RunEventKind::ended: return (this->*own.ended)(event);
    case RunEventKind::failed: return (this->*own.failed)(event);
    case RunEventKind::retried: return on_retry(event);
    case RunEventKind::chunk:
      // LangChain has no function for the chunks of other steps. `on_event` gets them.
      if (event.type() == RunType::chat_model) on_llm_new_token(event);
      return;
  }
}

bool CallbackHandler::flush(std::chrono::steady_clock::duration at_most) const {
  return queue_->flush(at_most);
}
std::size_t CallbackHandler::dropped() const noexcept { return queue_->dropped(); }

// ---- telling

namespace detail {

void add(run_listeners& listeners, run_listener more) {
  for (const run_listener& each : listeners)
    // Nested configurations inherit listeners, so a handler may come again. One that is for direct runs only
    // is another listener: with_listeners adds it for each runnable.
    if (each.handler == more.handler && !each.direct_only && !more.direct_only) return;
  listeners.push_back(std::move(more));
}

RunId new_run_id() noexcept {
  // Relaxed: only the uniqueness matters. Ids are counted, not random, because a run makes several and they
  // are cheap this way.
  static std::atomic<std::uint64_t> last{0};
  return RunId{last.fetch_add(1, std::memory_order_relaxed) + 1};
}

/// The event is made once and shared by all listeners. A listener of direct runs gets only the events of runs
/// whose parent is the one that it was added around.
void notify(const run_listeners& listeners, run_event_state event) noexcept {
  try {
    // Read once, so that all listeners see the same time.
    event.at = std::chrono::system_clock::now();
    // Kept, because the event is moved from.
    const auto around = event.run->parent;
    const RunEvent told(std::make_shared<const run_event_state>(std::move(event)));
    for (const run_listener& each : listeners)
      if (!each.direct_only || each.around == around) callback_queue::tell(each.handler, told);
  } catch (...) {
    // There is no memory, so the event is dropped.
  }
}

}  // namespace detail
}  // namespace corochain
