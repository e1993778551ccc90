// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <exception>
#include <memory>
#include <string>

#include "codec/retry_policy.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/error.hpp"
#include "corochain/core/query_result.hpp"
#include "corochain/core/secret.hpp"
#include "models/service_call.hpp"
#include "transport/exchange.hpp"

namespace corochain::models {

/// The failure of an attempt, from which its error is made.
struct attempt_failure {
  ErrorKind kind = ErrorKind::other;
  std::string words;
  ErrorDetails details;
  std::exception_ptr foreign;  ///< not an `Error`: passed on as it is
};

/// How one attempt ended: with an answer, or with a failure, which stands apart: most attempts have none.
struct attempt {
  attempt() = default;
  bool answered = false;
  bool opened = false;  ///< the head of a stream came
  std::shared_ptr<transport::exchange> exchange;
  Secret token;  ///< that was used, where a provider gives them
  AttemptRecord record;
  std::unique_ptr<attempt_failure> failure;  ///< of one that did not answer
  codec::attempt_outcome outcome;

  void fail(const Error& error) {
    failure = std::make_unique<attempt_failure>();
    failure->kind = error.kind();
    failure->words = error.what();
    failure->details = error.details();
  }
};

/// Sends `body` once and reads the answer: with `read` a whole one, with `open` a stream's up to its first content.
/// A failure is stored in `made`, and not thrown. All arguments must live until then.
awaitable<void> try_once(service_call& call, attempt& made, const std::string& body, int retries_done,
                         const answer_function& read, const open_function& open);

}  // namespace corochain::models
