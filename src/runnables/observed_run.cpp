// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/detail/observed_run.hpp"

#include <utility>

#include "concurrency/run_context.hpp"
#include "concurrency/run_settings.hpp"
#include "corochain/core/error.hpp"

// The run of an observed step: what its listeners are told, and the context that makes it the parent of the
// runs below. `step::run` comes here only if the context has listeners, or a configured name that waits for a
// run.
namespace corochain::detail {
namespace {

std::string tag_of(const step_place& place) {
  std::string tag(place.what);
  if (place.key)
    tag += *place.key;
  else
    tag += std::to_string(place.number);
  return tag;
}

std::shared_ptr<const run_info> begin_run(const run_context& context, const step_base& step,
                                          const step_place& place) {
  const run_settings& settings = *context.settings;
  auto run = std::make_shared<run_info>();
  run->id = new_run_id();
  run->type = step.run_type();
  const bool named = !settings.run_name.empty() && settings.named_below == context.around;
  run->name = named ? settings.run_name : step.name();
  run->tags = settings.tags;
  if (place.what) run->tags.push_back(tag_of(place));
  run->metadata = settings.metadata;
  run->parent = context.around;
  return run;
}

void tell(const run_context& context, std::shared_ptr<const run_info> run, RunEventKind kind, Value data,
          std::exception_ptr error = nullptr) noexcept {
  run_event_state event;
  event.kind = kind;
  event.run = std::move(run);
  event.data = std::move(data);
  try {
    if (error) event.error.emplace(std::move(error));
  } catch (...) {  // no memory: the event is sent without the error
  }
  notify(context.settings->listeners, std::move(event));
}

}  // namespace

observed_call::~observed_call() = default;

struct observed_run::state {
  state(const step_base& of, call_context outer, step_place at, Value shown)
      : step(of), around(std::move(outer)), below(around), place(at), input(std::move(shown)) {
    if (!place.key) return;
    // The caller's key need not live until the run begins.
    key = *place.key;
    place.key = &key;
  }
  void end(RunEventKind kind, Value data, std::exception_ptr error = nullptr) noexcept {
    if (!run) return;
    tell(*around.state(), std::exchange(run, nullptr), kind, std::move(data), std::move(error));
  }

  const step_base& step;
  call_context around;
  call_context below;
  step_place place;
  std::string key;
  Value input;
  // Set while the run goes on and has listeners.
  std::shared_ptr<const run_info> run;
};

observed_run::observed_run(const step_base& step, call_context around, step_place place, Value input)
    : state_(std::make_unique<state>(step, std::move(around), place, std::move(input))) {}
observed_run::~observed_run() = default;

const call_context& observed_run::begin() {
  const run_context& outer = *state_->around.state();
  auto context = std::make_shared<run_context>(outer);
  if (!outer.settings->listeners.empty()) {
    state_->run = begin_run(outer, state_->step, state_->place);
    context->around = state_->run;
    tell(outer, state_->run, RunEventKind::started, std::move(state_->input));
  } else {  // there are no listeners, but the run takes the configured name
    auto settings = std::make_shared<run_settings>(*outer.settings);
    settings->run_name.clear();
    context->settings = std::move(settings);
  }
  state_->below = call_context(std::move(context));
  return state_->below;
}

bool observed_run::is_heard() const noexcept { return state_->run != nullptr; }
void observed_run::tell_chunk(Value value) noexcept {
  if (state_->run) tell(*state_->around.state(), state_->run, RunEventKind::chunk, std::move(value));
}
void observed_run::ended(Value answer) noexcept { state_->end(RunEventKind::ended, std::move(answer)); }
void observed_run::failed(std::exception_ptr error) noexcept {
  state_->end(RunEventKind::failed, Value(), std::move(error));
}
void observed_run::left() noexcept {
  if (!state_->run) return;
  try {
    failed(std::make_exception_ptr(CancelledError("the stream was left before its end")));
  } catch (...) {  // no memory: the event is lost
  }
}

awaitable<void> observe(const step_base& step, call_context around, step_place place, Value input,
                        std::unique_ptr<observed_call> call) {
  observed_run run(step, std::move(around), place, std::move(input));
  try {
    auto body = call->begin(run.begin());
    co_await std::move(body);
  } catch (...) {
    run.failed(std::current_exception());
    throw;
  }
  if (run.is_heard()) run.ended(call->answer());
}

}  // namespace corochain::detail
