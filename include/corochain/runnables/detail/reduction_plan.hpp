// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "corochain/core/export.hpp"

namespace corochain::detail {

/// Decides which values of a `map_reduce` are combined. It knows no values: each has a number, and the plan
/// knows which inputs it stands for. Without coroutines and without a loop.
///
/// A group is formed as soon as its values are there: neighbours in the order of the inputs, or any if the
/// order need not be kept. An input without a value is passed over. The values of a group that cannot be
/// combined stay as they are, and nothing is combined across them if the order is kept.
class COROCHAIN_EXPORT reduction_plan {
 public:
  /// Values to be combined, in the order of their inputs, and the number of the value that they make.
  struct group {
    std::size_t result = 0;
    std::vector<std::size_t> values{};
    /// The inputs that they stand for, ascending.
    std::vector<std::size_t> inputs{};
  };
  /// A value that is there, and the inputs that it stands for, ascending.
  struct part {
    std::size_t value = 0;
    std::vector<std::size_t> inputs{};
  };

  /// Groups have `group_size` values, at least 2; smaller ones come at the end.
  reduction_plan(std::size_t group_size, bool keep_order);
  reduction_plan(reduction_plan&&) noexcept;
  ~reduction_plan();

  /// Begins the next input, and returns the number of its value.
  std::size_t begin_input();
  /// The value of an input or of a group is there.
  void has_value(std::size_t value);
  /// An input has no value, or the values of a group cannot be combined.
  void failed(std::size_t value);

  bool has_group() const noexcept;
  /// Takes the oldest group.
  group next_group();
  /// Forms groups of the values that are left, when no input and no group is under way.
  void finish();

  /// The values that are there, those of unfinished groups included, in the order of their first inputs.
  std::vector<part> parts() const;
  /// The inputs that have neither a value nor failed, ascending.
  std::vector<std::size_t> unfinished() const;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace corochain::detail
