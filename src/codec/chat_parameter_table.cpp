// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/chat_parameter_table.hpp"

#include <optional>

namespace corochain::codec {
namespace {

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
