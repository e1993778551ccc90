// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/run_config.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <optional>

#include "codec/http/header_fields.hpp"
#include "concurrency/deadline.hpp"
#include "concurrency/run_clock.hpp"
#include "concurrency/run_context.hpp"
#include "concurrency/run_settings.hpp"
#include "concurrency/run_stop.hpp"
#include "concurrency/spawn.hpp"
#include "corochain/concurrency/detail/enter_run.hpp"
#include "corochain/core/error.hpp"
#include "corochain/runnables/batch_options.hpp"
#include "corochain/runnables/chunk_source.hpp"
#include "corochain/runnables/detail/batch_feed.hpp"
#include "corochain/runnables/detail/step_base.hpp"

// A RunConfig from the setters to its effect: the settings as a shared state that is copied when it is
// changed, what a batch takes out of it, and `configured`, the context of the work below it. Steps see the
// `run_settings` in the context, where several configurations have been merged.
namespace corochain {
namespace asio = boost::asio;

namespace detail {
/// The settings of a RunConfig. Shared between copies of a RunConfig and with the steps that it is bound to,
/// and so never changed once it is shared.
struct config_state {
  using duration = std::chrono::steady_clock::duration;

  // Empty, a run has the name of its step.
  std::string run_name;
  // In the order in which they were given, each one once.
  std::vector<std::string> tags;
  Dict metadata;
  Dict configurable;
  Headers headers;
  // Zero is a limit, too: it is over at once. A limit of time_point::max() is none.
  std::optional<duration> timeout;
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  // 0 means no limit of its own.
  std::size_t max_concurrency = 0;
  // Unset, an inherited limit holds.
  std::optional<std::size_t> recursion_limit;
  /// Each one's `around` is filled in when the configuration is applied.
  run_listeners listeners;
  /// Watches the batches that this is given to or bound to. Empty if nothing does.
  std::function<void(const BatchStatus&)> progress;
  /// Made for one batch, in the configuration of its items: their steps keep it alive.
  std::shared_ptr<BatchProgress> progress_of_batch;
};
}  // namespace detail

namespace {

/// Tags are united: the same tag of a chain and of its caller is one tag.
void add_tag(std::vector<std::string>& tags, const std::string& tag) {
  if (std::find(tags.begin(), tags.end(), tag) == tags.end()) tags.push_back(tag);
}

/// The settings, or those of a RunConfig without any, which has no state. Then a copy costs nothing, and a
/// call without a configuration makes no step of its own.
const detail::config_state& settings_of(const RunConfig& config) {
  static const detail::config_state none;
  return config.state() ? *config.state() : none;
}
}  // namespace

// ---- RunConfig

RunConfig::RunConfig() = default;

// Limits that are none leave the configuration empty: a call without one makes no step of its own.
RunConfig::RunConfig(const CallLimits& limits) {
  if (limits.timeout > limits.timeout.zero()) timeout(limits.timeout);
  if (limits.deadline != std::chrono::steady_clock::time_point::max()) deadline(limits.deadline);
  if (limits.max_concurrency > 0) max_concurrency(limits.max_concurrency);
}

// Always copies, also where nobody else has the state: a RunConfig that is filled in one expression is copied
// a few times before the call that costs milliseconds.
detail::config_state& RunConfig::own() {
  auto mine = std::make_shared<detail::config_state>(settings_of(*this));
  auto& state = *mine;
  state_ = std::move(mine);
  return state;
}

RunConfig& RunConfig::run_name(std::string name) {
  own().run_name = std::move(name);
  return *this;
}
RunConfig& RunConfig::tag(std::string tag) {
  add_tag(own().tags, tag);
  return *this;
}
// One more tag each, as `tag` does: what was set before stays.
RunConfig& RunConfig::tags(ListArg<std::string> tags) {
  for (const std::string& each : tags) tag(each);
  return *this;
}
RunConfig& RunConfig::metadata(std::string name, Value value) {
  own().metadata.set(std::move(name), std::move(value));
  return *this;
}
RunConfig& RunConfig::configurable(std::string name, Value value) {
  own().configurable.set(std::move(name), std::move(value));
  return *this;
}
RunConfig& RunConfig::timeout(duration limit) {
  own().timeout = limit;
  return *this;
}
RunConfig& RunConfig::deadline(std::chrono::steady_clock::time_point at) {
  own().deadline = at;
  return *this;
}
RunConfig& RunConfig::max_concurrency(std::size_t most) {
  own().max_concurrency = most;
  return *this;
}
// The value is checked when it is set. With the request it would be reported by the run that sends it, far
// from the line that is wrong.
RunConfig& RunConfig::header(std::string name, HeaderValue value) {
  codec::check_user_header(name, value.reveal());
  codec::set_header(own().headers, name, value);
  return *this;
}
// A null pointer would be met by the first event, in the middle of a run.
RunConfig& RunConfig::callback(std::shared_ptr<CallbackHandler> handler) {
  if (!handler) throw ConfigError("RunConfig::callback was given a null pointer; give it a handler");
  detail::add(own().listeners, {std::move(handler)});
  return *this;
}
// An empty function would be met by the first item, where its exception is only a line in the log.
RunConfig& RunConfig::progress(std::function<void(const BatchStatus&)> function) {
  if (!function) throw ConfigError("RunConfig::progress was given an empty function; give it one to call");
  own().progress = std::move(function);
  return *this;
}
// 0 is not "no limit" here: calls that nest without end would exhaust the memory before a limit of time came.
RunConfig& RunConfig::recursion_limit(std::size_t depth) {
  if (depth == 0) throw ConfigError("a recursion_limit of 0 would allow no run at all; give 1 or more");
  own().recursion_limit = depth;
  return *this;
}

// The references are to the shared state: they hold until this object is changed or destroyed.
const std::string& RunConfig::run_name() const noexcept { return settings_of(*this).run_name; }
const std::vector<std::string>& RunConfig::tags() const noexcept { return settings_of(*this).tags; }
const Dict& RunConfig::metadata() const noexcept { return settings_of(*this).metadata; }
const Dict& RunConfig::configurable() const noexcept { return settings_of(*this).configurable; }

// Only what a step may act on: time limits, budget, handlers and headers hold below it by themselves. In a
// coroutine outside of a run it is empty.
awaitable<RunConfig> current_config() {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  const detail::run_location place = detail::locate_run(here);
  RunConfig config;
  if (!place.context || !place.context->settings) co_return config;
  const auto& settings = *place.context->settings;
  // By the setters, which copy the state each time: a step asks once in a call, if at all.
  for (const std::string& each : settings.tags) config.tag(each);
  for (const auto& [name, value] : settings.metadata) config.metadata(name, value);
  for (const auto& [name, value] : settings.configurable) config.configurable(name, value);
  co_return config;
}

// ---- the use of a configuration by batches and listeners

namespace detail {
// Not by `add`, which looks for the same handler: this one was made for the call.
void listen_directly(RunConfig& config, std::shared_ptr<CallbackHandler> handler) {
  run_listener direct{std::move(handler)};
  direct.direct_only = true;
  config.own().listeners.push_back(std::move(direct));
}

namespace {
/// 0 means no limit, in the options as well as in `most`.
void tighten(BatchOptions& options, std::size_t most) {
  if (most > 0 && (options.max_concurrency == 0 || most < options.max_concurrency))
    options.max_concurrency = most;
}
/// In the options zero or less means no limit; `limit` says that with its greatest value.
void tighten(BatchOptions& options, RunConfig::duration limit) {
  if (limit == RunConfig::duration::max()) return;
  // Zero would mean that the batch has no limit, but a limit of zero is over at once.
  limit = std::max<RunConfig::duration>(limit, std::chrono::nanoseconds(1));
  if (options.timeout <= options.timeout.zero() || limit < options.timeout) options.timeout = limit;
}
/// Tells the functions of configurations, and the object of the options if there is one.
class progress_functions final : public BatchProgress {
 public:
  progress_functions(BatchProgress* object, std::vector<std::function<void(const BatchStatus&)>> functions)
      : functions_(std::move(functions)) {
    if (object) functions_.push_back([object](const BatchStatus& status) { object->on_item(status); });
  }
  // By itself each: an exception of one must not keep the others from being told.
  void on_item(const BatchStatus& status) override {
    for (const auto& each : functions_) {
      try {
        each(status);
      } catch (...) {
        log_failed_progress(status.index);
      }
    }
  }

 private:
  std::vector<std::function<void(const BatchStatus&)>> functions_;
};
}  // namespace

void tighten(BatchOptions& options, const step_base& target, RunConfig& config) {
  std::vector<std::function<void(const BatchStatus&)>> functions;
  // Configurations may be bound around each other. A time limit that is bound stays with each item: the
  // caller of the batch did not give it, and it was made for one call.
  const step_base* bound = &target;
  while (const RunConfig* own = bound->bound_config()) {
    tighten(options, settings_of(*own).max_concurrency);
    if (const auto& progress = settings_of(*own).progress) functions.push_back(progress);
    // The one part of a step with a bound configuration.
    bound = bound->shape().parts.front().step;
  }
  if (const auto& progress = settings_of(config).progress) functions.push_back(progress);
  if (!functions.empty()) {
    auto watcher = std::make_shared<progress_functions>(options.progress, std::move(functions));
    options.progress = watcher.get();
    config.own().progress_of_batch = std::move(watcher);
  }
  if (config.empty()) return;
  // Each item is called below the rest of the configuration, so the moved settings are removed from it.
  auto& state = config.own();
  tighten(options, std::exchange(state.max_concurrency, 0));
  if (const auto timeout = std::exchange(state.timeout, std::nullopt)) tighten(options, *timeout);
  // The batch may begin later: its items watch the deadline, too.
  const auto now = std::chrono::steady_clock::now();
  if (state.deadline != run_context::time_point::max()) tighten(options, std::max(state.deadline, now) - now);
}

// ---- configured

namespace {

/// Merges metadata or configurable values. Adds the values whose names are new; replaces the others only if
/// `replace`.
void merge(Dict& into, const Dict& from, bool replace) {
  for (const auto& [name, value] : from)
    if (replace || !into.contains(name)) into.set(name, value);
}

/// Puts everything into a context but the deadline, which has to be watched.
void apply(run_context& context, const config_state& config, config_role role) {
  // A bound configuration is the innermost one, but the chain's author wrote it without knowing the caller:
  // what is there already wins over it, and a configuration that is given with a call wins over what is
  // there.
  const bool bound = role == config_role::bound;
  // Settings are immutable, and all work that inherits them shares them: they are copied once for a
  // configured run, and not for its steps.
  auto settings =
      context.settings ? std::make_shared<run_settings>(*context.settings) : std::make_shared<run_settings>();
  for (const std::string& tag : config.tags) add_tag(settings->tags, tag);
  merge(settings->metadata, config.metadata, !bound);
  merge(settings->configurable, config.configurable, !bound);
  // Names of headers are compared without regard to case, unlike those of Dicts.
  for (const auto& [name, value] : config.headers)
    if (!bound || !codec::has_header(settings->headers, name))
      codec::set_header(settings->headers, name, value);
  // The run around is what "directly below" means for a listener that is told of those runs only.
  for (run_listener each : config.listeners) {
    each.around = context.around;
    add(settings->listeners, std::move(each));
  }
  // A name that no run has taken yet was given nearer to the caller.
  const bool named = !settings->run_name.empty() && settings->named_below == context.around;
  if (!config.run_name.empty() && !(bound && named)) {
    settings->run_name = config.run_name;
    settings->named_below = context.around;
  }
  // Nobody asked for the default limit, so a bound configuration may replace that one.
  if (config.recursion_limit && !(bound && settings->recursion_limit_given)) {
    settings->recursion_limit = *config.recursion_limit;
    settings->recursion_limit_given = true;
  }
  context.settings = std::move(settings);
  // Limits form a chain, and all of them hold: a new one is put in front of those that are inherited.
  if (config.max_concurrency > 0) {
    auto own = std::make_shared<concurrency_limit>(config.max_concurrency, context.limits);
    if (context.unheld > 0 || role == config_role::around_coroutine) {
      ++context.unheld;  // the calls below take the permits
    } else {
      own->in_use = 1;  // this work itself, which lends the permit while it waits for others
      // Without a limit around there was no permit to lend until now.
      if (!context.permit) context.permit = std::make_shared<task_permit>();
    }
    context.limits = std::move(own);
  }
}

/// The time at which a run that begins now has to end. A limit of zero or less is over at once; a deadline in
/// the past stays as it is.
run_context::time_point deadline_of(const config_state& config, const run_context& around) {
  if (!config.timeout) return config.deadline;
  return std::min(config.deadline, later(now_in(around), *config.timeout));
}

}  // namespace

configured::configured(const call_context& around, const RunConfig& config, config_role role)
    : around_(around), below_(around), deadline_(run_context::time_point::max()) {
  // Nothing to merge: the work below goes on with the context around.
  if (config.empty()) return;
  auto below = std::make_shared<run_context>(*around.state());
  // The limit is also put into the context, where waits that could not end in time fail at once.
  apply(*below, *config.state(), role);
  deadline_ = deadline_of(*config.state(), *around.state());
  below->deadline = std::min(below->deadline, deadline_);
  if (has_deadline()) below->stop = std::make_shared<run_stop>(below->stop);
  below_ = call_context(std::move(below));
}

// Only a limit of this configuration: one that is inherited is watched by the run that it was given to.
bool configured::has_deadline() const noexcept { return deadline_ != run_context::time_point::max(); }

bool configured::time_is_over() const noexcept { return now_in(*below_.state()) >= deadline_; }

// Without a limit the body is handed back as it is: no coroutine, no timer.
awaitable<void> configured::watched(awaitable<void> body) const {
  if (!has_deadline()) return body;
  return with_deadline(around_, below_, Phase::run, std::move(body));
}

awaitable<void> configured::watched(awaitable<void> pull, closable& from) const {
  if (!has_deadline() || !from.next_ends_by_stop()) return watched(std::move(pull));
  return with_deadline(around_, below_, Phase::run, std::move(pull), [&from] { from.stop(); });
}

namespace {

/// The context goes onto the executor, where the coroutine's calls find it.
awaitable<void> configured_here(RunConfig config, awaitable<void> call) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  const call_context around = context_on(here);
  const configured below(around, config, config_role::around_coroutine);
  co_await below.watched(run_on(below.context(), std::move(call)));
}

}  // namespace

awaitable<void> run_with_config(RunConfig config, awaitable<void> call) {
  return enter_run(configured_here(std::move(config), std::move(call)));
}

}  // namespace detail
}  // namespace corochain
