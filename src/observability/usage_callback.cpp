// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/observability/usage_callback.hpp"

#include <map>
#include <mutex>

#include "corochain/core/error.hpp"
#include "corochain/core/message.hpp"

namespace corochain {

struct UsageMetadataCallbackHandler::counts {
  mutable std::mutex mutex;
  std::map<std::string, Usage> of;
};

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
    if (!message || !message->usage) return;
    const std::lock_guard lock(counts_->mutex);
    counts_->of[message->model] += *message->usage;
  } else if (event.kind() == RunEventKind::failed && event.error()->error()) {
    const auto& usage = event.error()->error()->details().usage;
    if (!usage) return;
    const std::lock_guard lock(counts_->mutex);
    counts_->of[std::string()] += *usage;
  }
}

}  // namespace corochain
