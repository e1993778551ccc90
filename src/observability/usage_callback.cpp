// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/observability/usage_callback.hpp"

#include <map>
#include <mutex>

#include "corochain/core/error.hpp"
#include "corochain/core/message.hpp"

// Adds up tokens where they are known: at the end of each model call. Chains around a model repeat its answer
// in their own events, so only events of models count.
namespace corochain {

/// Has a lock, because an inline handler is called by the threads of all its runs. The map orders the models
/// by name.
struct UsageMetadataCallbackHandler::counts {
  mutable std::mutex mutex;
  std::map<std::string, Usage> of;
};

// Behind a pointer, so that the header needs neither map nor mutex.
UsageMetadataCallbackHandler::UsageMetadataCallbackHandler() : counts_(std::make_unique<counts>()) {}
UsageMetadataCallbackHandler::~UsageMetadataCallbackHandler() = default;

std::vector<std::pair<std::string, Usage>> UsageMetadataCallbackHandler::usage_metadata() const {
  const std::lock_guard lock(counts_->mutex);
  return {counts_->of.begin(), counts_->of.end()};
}

Usage UsageMetadataCallbackHandler::total() const {
  Usage sum;
  const std::lock_guard lock(counts_->mutex);
  for (const auto& [model, usage] : counts_->of) sum += usage;
  return sum;
}

void UsageMetadataCallbackHandler::on_event(const RunEvent& event) {
  if (event.type() != RunType::chat_model) return;
  if (event.kind() == RunEventKind::ended) {
    const auto* message = event.data().get_if<AIMessage>();
    // A service need not report its usage, and a stream reports it only if it was asked to.
    if (!message || !message->usage) return;
    const std::lock_guard lock(counts_->mutex);
    counts_->of[message->model] += *message->usage;
  } else if (event.kind() == RunEventKind::failed && event.error()->error()) {
    const auto& usage = event.error()->error()->details().usage;
    if (!usage) return;
    const std::lock_guard lock(counts_->mutex);
    // An error has no model's name: the call ended before an answer named it.
    counts_->of[std::string()] += *usage;
  }
}

}  // namespace corochain
