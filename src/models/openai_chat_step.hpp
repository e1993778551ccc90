// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "codec/chat_request.hpp"
#include "codec/http_request.hpp"
#include "codec/retry_policy.hpp"
#include "corochain/core/message.hpp"
#include "corochain/core/secret.hpp"
#include "corochain/runnables/detail/step.hpp"
#include "observability/call_log.hpp"
#include "transport/endpoint.hpp"
#include "transport/exchange.hpp"
#include "transport/resolver.hpp"

namespace corochain::models {

/// What a chat model of the OpenAI family needs; providers differ in address and credential only.
struct chat_settings {
  using duration = std::chrono::steady_clock::duration;

  std::shared_ptr<const transport::endpoint> to;
  codec::request_head head;
  codec::chat_request_writer writer;
  std::string credential_header;
  std::string credential_prefix;
  Secret credential;
  duration timeout;
  transport::time_limits times;  // but for the deadline, which each call sets
  codec::retry_settings retries;
  std::shared_ptr<transport::resolver> names{};  ///< null for the process's own
  std::function<double()> uniform01;             ///< random numbers in [0, 1), safe from any thread
  std::function<std::string()> new_call_key;     ///< an unguessable key for each call, safe from any thread
};

/// One chat completion: its attempts under one deadline.
class openai_chat_step final : public detail::step<Messages, AIMessage> {
 public:
  explicit openai_chat_step(chat_settings settings) : settings_(std::move(settings)) {}
  awaitable<AIMessage> call(Messages input) const override;

 private:
  struct attempt;
  using time_point = std::chrono::steady_clock::time_point;

  awaitable<AIMessage> try_until(std::string body, time_point deadline, detail::call_record& record) const;
  awaitable<attempt> try_once(const std::string& body, const std::string& key, int retries_done,
                              time_point deadline) const;

  chat_settings settings_;
};

/// The process's sources of randomness.
double uniform01();
/// A random UUID, version 4 (RFC 9562).
std::string random_uuid();

}  // namespace corochain::models
