// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "runnables/config_state.hpp"

#include <algorithm>

#include "codec/http/header_fields.hpp"
#include "concurrency/run_clock.hpp"

namespace corochain::detail {
namespace {

/// Adds the values whose names are new; replaces the others only if `replace`.
void merge(Dict& into, const Dict& from, bool replace) {
  for (const auto& [name, value] : from)
    if (replace || !into.contains(name)) into.set(name, value);
}

}  // namespace

void apply(run_context& context, const config_state& config, config_role role) {
  const bool bound = role == config_role::bound;
  auto settings =
      context.settings ? std::make_shared<run_settings>(*context.settings) : std::make_shared<run_settings>();
  for (const std::string& tag : config.tags)
    if (std::find(settings->tags.begin(), settings->tags.end(), tag) == settings->tags.end())
      settings->tags.push_back(tag);
  merge(settings->metadata, config.metadata, !bound);
  merge(settings->configurable, config.configurable, !bound);
  for (const auto& [name, value] : config.headers)
    if (!bound || !codec::has_header(settings->headers, name))
      codec::set_header(settings->headers, name, value);
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
  if (config.recursion_limit && !(bound && settings->recursion_limit_given)) {
    settings->recursion_limit = *config.recursion_limit;
    settings->recursion_limit_given = true;
  }
  context.settings = std::move(settings);
  if (config.max_concurrency > 0) {
    auto own = std::make_shared<limit>(config.max_concurrency, context.limits);
    own->in_use = 1;  // this work itself, which lends the permit while it waits for others
    context.limits = std::move(own);
    if (!context.permit) context.permit = std::make_shared<task_permit>();
  }
}

run_context::time_point deadline_of(const config_state& config, const run_context& around) {
  auto deadline = config.deadline;
  if (config.timeout) {
    const auto now = now_in(around);
    if (*config.timeout <= config.timeout->zero())
      deadline = std::min(deadline, now);
    else if (*config.timeout < run_context::time_point::max() - now)
      deadline = std::min(deadline, now + *config.timeout);
  }
  return deadline;
}

}  // namespace corochain::detail
