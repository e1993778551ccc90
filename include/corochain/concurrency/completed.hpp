// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "corochain/core/result.hpp"

namespace corochain {

struct QueryResult;

/// One ended call of a fan-out.
template <class T>
struct Completed {
  Completed(std::size_t at, Result<T> ended) : index(at), result(std::move(ended)) {}

  /// 0-based, in the order of the inputs.
  std::size_t index;
  Result<T> result;
  /// The call's cost in a batch with `BatchOptions::record`, else null. Its `answer` is empty: the answer is
  /// in `result`.
  std::shared_ptr<const QueryResult> record;
};

}  // namespace corochain
