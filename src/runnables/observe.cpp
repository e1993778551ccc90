// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <boost/asio/this_coro.hpp>
#include <string_view>
#include <utility>

#include "concurrency/run_context.hpp"
#include "concurrency/run_settings.hpp"
#include "concurrency/spawn.hpp"
#include "corochain/core/error.hpp"
#include "corochain/runnables/detail/step_base.hpp"

namespace corochain::detail {
namespace asio = boost::asio;
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
  if (place.what)
    run->tags.push_back(tag_of(place));
  else if (!settings.place_tag.empty() && settings.tagged_below == context.around)
    run->tags.push_back(settings.place_tag);
  run->metadata = settings.metadata;
  run->parent = context.around;
  return run;
}

bool is_heard(const run_place& place) {
  return place.context && place.context->settings && !place.context->settings->listeners.empty();
}

void tell(const run_context& context, std::shared_ptr<const run_info> run, RunEventKind kind, Value data,
          std::exception_ptr error = nullptr) noexcept {
  run_event_state event;
  event.kind = kind;
  event.run = std::move(run);
  event.data = std::move(data);
  try {
    if (error) event.error.emplace(std::move(error));
  } catch (...) {  // no memory: the event goes without
  }
  notify(context.settings->listeners, std::move(event));
}

/// Whether a name or a tag waits for the run that begins here, and would be taken by one further below.
bool has_name_for(const run_place& place) {
  if (!place.context || !place.context->settings) return false;
  const run_settings& settings = *place.context->settings;
  return (!settings.run_name.empty() && settings.named_below == place.context->around) ||
         (!settings.place_tag.empty() && settings.tagged_below == place.context->around);
}

/// Below a run that nobody is told of: its name and tag are taken.
asio::any_io_executor below_unheard(const run_place& place) {
  auto context = std::make_shared<run_context>(*place.context);
  auto settings = std::make_shared<run_settings>(*context->settings);
  settings->run_name.clear();
  settings->place_tag.clear();
  context->settings = std::move(settings);
  return executor_of(place.serial, std::move(context));
}

asio::any_io_executor below(const run_place& place, std::shared_ptr<const run_info> run) {
  auto context = std::make_shared<run_context>(*place.context);
  context->around = std::move(run);
  return executor_of(place.serial, std::move(context));
}

}  // namespace

step_base::~step_base() = default;

std::shared_ptr<const step_base> step_base::with_call_options(const ChatCallOptions&) const {
  throw ConfigError(std::string("bind is for chat models, and this is a ") + name() +
                    "; bind the model before it becomes part of another step");
}

std::size_t length_of_sequence(const step_base& step) {
  if (std::string_view(step.name()) != sequence_name) return 1;
  std::size_t length = 0;
  for (const step_part& part : step.shape().parts) length += length_of_sequence(*part.step);
  return length;
}

step_shape shape_of_sequence(const step_base& first, const step_base& second) {
  step_shape shape{step_layout::in_turn};
  if (std::string_view(first.name()) == sequence_name)
    shape = first.shape();
  else
    shape.parts.push_back({&first, ""});
  shape.parts.push_back({&second, ""});
  return shape;
}

RunConfig config_of_place(const step_place& place) {
  RunConfig config;
  if (place.what) tag_below(config, tag_of(place));
  return config;
}

awaitable<void> at_place(const step_place& place, awaitable<void> body) {
  return under_config(config_of_place(place), config_role::bound, std::move(body));
}

awaitable<void> observe(const step_base& step, step_place place, Value input, awaitable<void> body,
                        Value (*show)(const void*), const void* answer) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  const run_place where = locate_run(here);
  if (!is_heard(where)) {
    if (has_name_for(where)) body = spawn_and_wait(below_unheard(where), std::move(body));
    co_await std::move(body);
    co_return;
  }
  const auto context = where.context;
  const auto run = begin_run(*context, step, place);
  tell(*context, run, RunEventKind::started, std::move(input));
  try {
    co_await spawn_and_wait(below(where, run), std::move(body));
  } catch (...) {
    tell(*context, run, RunEventKind::failed, Value(), std::current_exception());
    throw;
  }
  tell(*context, run, RunEventKind::ended, show(answer));
}

// ---- observed_stream

struct observed_stream::state {
  const step_base* step;
  step_place place;
  std::string key;
  Value input;
  std::shared_ptr<outside> from;
  bool begun = false;
  std::shared_ptr<const run_context> context;  // while the run goes on and somebody listens
  std::shared_ptr<const run_info> run;
  asio::any_io_executor executor;  // of what is below, where that is not the same

  void begin(const asio::any_io_executor& here) {
    begun = true;
    const run_place where = locate_run(here);
    if (!detail::is_heard(where)) {
      if (has_name_for(where)) executor = below_unheard(where);
      return;
    }
    context = where.context;
    run = begin_run(*context, *step, place);
    executor = below(where, run);
    tell(*context, run, RunEventKind::started, std::move(input));
  }
  void end(RunEventKind kind, Value data, std::exception_ptr error = nullptr) noexcept {
    if (!context) return;
    tell(*context, run, kind, std::move(data), std::move(error));
    context = nullptr;
  }
};

observed_stream::observed_stream(const step_base& step, step_place place, Value input,
                                 std::shared_ptr<outside> from)
    : state_(std::make_shared<state>()) {
  state_->from = std::move(from);
  state_->step = &step;
  state_->place = place;
  if (place.key) {  // need not live until the first pull
    state_->key = *place.key;
    state_->place.key = &state_->key;
  }
  state_->input = std::move(input);
}

observed_stream::~observed_stream() {
  if (!state_->context) return;
  try {
    state_->end(RunEventKind::failed, Value(),
                std::make_exception_ptr(CancelledError("the stream was left before its end")));
  } catch (...) {  // no memory: the event is lost
  }
}

awaitable<void> observed_stream::pull(awaitable<void> body) {
  const auto stream = state_;
  if (!stream->begun || stream->from) {
    const asio::any_io_executor here = co_await asio::this_coro::executor;
    if (stream->from) stream->from->executor = here;
    if (!stream->begun) stream->begin(here);
  }
  if (!stream->context) {
    if (stream->executor) body = spawn_and_wait(stream->executor, std::move(body));
    co_await std::move(body);
    co_return;
  }
  try {
    co_await spawn_and_wait(stream->executor, std::move(body));
  } catch (...) {
    stream->end(RunEventKind::failed, Value(), std::current_exception());
    throw;
  }
}

bool observed_stream::is_heard() const noexcept { return state_->context != nullptr; }
void observed_stream::piece(Value value) noexcept {
  if (state_->context) tell(*state_->context, state_->run, RunEventKind::piece, std::move(value));
}
void observed_stream::ended(Value whole) noexcept { state_->end(RunEventKind::ended, std::move(whole)); }

}  // namespace corochain::detail
