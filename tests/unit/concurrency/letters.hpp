// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <corochain/concurrency/detail/merge_channel.hpp>
#include <string>

#include "support/virtual_work.hpp"

namespace corochain::test {

/// Sends `count` chunks "a0", "a1", ..., each after work of `each`. `given` counts the calls of give().
inline awaitable<void> letters(detail::sender<std::string> out, virtual_work& work, char letter, int count,
                               std::chrono::milliseconds each, int& given) {
  for (int i = 0; i < count; ++i) {
    co_await work.wait(each);
    ++given;
    co_await out.give(letter + std::to_string(i));
  }
}

inline awaitable<std::string> read_all(detail::merge_channel<std::string> all) {
  std::string seen;
  while (auto chunk = co_await all.next()) seen += *chunk + " ";
  co_return seen;
}

}  // namespace corochain::test
