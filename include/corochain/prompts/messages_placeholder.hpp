// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "corochain/core/export.hpp"

namespace corochain {

/// The place of several messages within a prompt, such as a history:
///
///     ChatPromptTemplate::from_messages(
///         {{"system", "Be terse."}, MessagesPlaceholder("history"), {"human", "{question}"}});
///
/// The value of that name must be `Messages`, else the prompt throws a `PromptError`. They are taken as they
/// are: braces in them are text. The short form `{"placeholder", "{history}"}` is an optional placeholder.
class COROCHAIN_EXPORT MessagesPlaceholder {
 public:
  /// If `optional`, a missing value means no messages, instead of a `PromptError`. `n_messages` is the number
  /// of messages that are taken, counted from the last one; by default all are. Throws a `PromptError` for a
  /// name that is no ASCII identifier.
  explicit MessagesPlaceholder(std::string variable_name, bool optional = false,
                               std::optional<std::size_t> n_messages = std::nullopt);
  /// Reads the text of the short form: "{history}".
  static MessagesPlaceholder from_text(const std::string& text);

  const std::string& variable_name() const noexcept { return name_; }
  bool optional() const noexcept { return optional_; }
  const std::optional<std::size_t>& n_messages() const noexcept { return most_; }

 private:
  std::string name_;
  bool optional_;
  std::optional<std::size_t> most_;
};

}  // namespace corochain
