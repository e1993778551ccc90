// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include "corochain/core/chat_parameters.hpp"
#include "corochain/core/export.hpp"

namespace corochain {

/// The options of `model.bind(options)`, which replace the model's own. Filled by assignment. An unset or
/// empty option leaves the model's as it is. An `extra_body` replaces the model's as a whole: members are not
/// united.
class COROCHAIN_EXPORT ChatCallOptions : public ChatParameters {
 public:
  // Not defaulted: g++ 12 destroys a temporary of an aggregate twice in a co_await expression.
  ChatCallOptions() {}
};

}  // namespace corochain
