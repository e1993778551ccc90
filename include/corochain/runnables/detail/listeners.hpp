// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <utility>

#include "corochain/core/export.hpp"
#include "corochain/observability/callbacks.hpp"

namespace corochain::detail {

/// A function that is told of events.
class COROCHAIN_EXPORT event_function {
 public:
  virtual ~event_function();
  virtual void call(const RunEvent& event) = 0;
};
template <class F>
class event_function_of final : public event_function {
 public:
  explicit event_function_of(F function) : function_(std::move(function)) {}
  void call(const RunEvent& event) override { function_(event); }

 private:
  F function_;
};

}  // namespace corochain::detail
