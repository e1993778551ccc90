// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/chat_parameter_table.hpp"

#include <optional>

// The merge of two sets of parameters. A later one wins field by field: a call's own over those that were
// bound to the model, and these over the model's options.
namespace corochain::codec {
namespace {

/// An optional is set if it has a value, also one such as 0 or false. An empty list or text counts as unset,
/// as in the documentation of `ChatParameters`.
template <class T>
bool is_set(const std::optional<T>& value) {
  return value.has_value();
}
template <class List>
bool is_set(const List& list) {
  return !list.empty();
}

}  // namespace

ChatParameters merge(ChatParameters parameters, const ChatParameters& over) {
  for_each_chat_parameter([&](const auto& each) {
    if (is_set(over.*each.field)) parameters.*each.field = over.*each.field;
  });
  return parameters;
}

}  // namespace corochain::codec
