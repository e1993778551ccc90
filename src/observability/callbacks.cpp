// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/observability/callbacks.hpp"

#include <algorithm>
#include <atomic>

#include "core/enum_name.hpp"
#include "observability/callback_queue.hpp"
#include "observability/run_trace.hpp"

namespace corochain {

const char* to_string(RunType type) noexcept {
  return detail::name_of<RunType::tool>(type, {"chain", "chat_model", "prompt", "parser", "tool"});
}

const char* to_string(RunEventKind kind) noexcept {
  return detail::name_of<RunEventKind::retried>(kind, {"start", "stream", "end", "error", "retry"});
}

RunEvent::RunEvent(std::shared_ptr<const detail::run_event_state> state) noexcept
    : state_(std::move(state)) {}

RunEventKind RunEvent::kind() const noexcept { return state_->kind; }
RunType RunEvent::type() const noexcept { return state_->run->type; }
std::string RunEvent::event() const {
  return std::string("on_") + to_string(type()) + '_' + to_string(kind());
}
const std::string& RunEvent::name() const noexcept { return state_->run->name; }
RunId RunEvent::run_id() const noexcept { return state_->run->id; }
std::vector<RunId> RunEvent::parent_ids() const {
  std::vector<RunId> ids;
  for (const auto* run = state_->run->parent.get(); run; run = run->parent.get()) ids.push_back(run->id);
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

CallbackHandler::CallbackHandler(std::size_t queue_limit)
    : queue_(std::make_shared<detail::callback_queue>(queue_limit)) {}
CallbackHandler::~CallbackHandler() { queue_->close(); }

void CallbackHandler::on_event(const RunEvent& event) {
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
    if (each.handler == more.handler && !each.direct_only && !more.direct_only) return;
  listeners.push_back(std::move(more));
}

RunId new_run_id() noexcept {
  static std::atomic<std::uint64_t> last{0};
  return RunId{last.fetch_add(1, std::memory_order_relaxed) + 1};
}

void notify(const run_listeners& listeners, run_event_state event) noexcept {
  try {
    event.at = std::chrono::system_clock::now();
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
