// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <corochain/corochain.hpp>
#include <corochain/testing/fake_chat_model.hpp>
#include <ranges>
#include <string>
#include <utility>
#include <vector>

#include "support/fake_chain.hpp"

namespace corochain::test {

/// A model that answers "<question>!" after `length`, and the question "0" after `of_first`.
inline testing::FakeChatModel model_of(testing::VirtualTime time, std::chrono::milliseconds length,
                                       std::chrono::milliseconds of_first) {
  return testing::FakeChatModel(
      [length, of_first](const Messages& asked) {
        const std::string& question = asked[0].content();
        return testing::FakeReply(question + "!").after(question == "0" ? of_first : length);
      },
      time);
}
inline testing::FakeChatModel model_of(testing::VirtualTime time, std::chrono::milliseconds length) {
  return model_of(std::move(time), length, length);
}

inline std::vector<std::string> numbers(int count) {
  std::vector<std::string> all;
  for (int i = 0; i < count; ++i) all.push_back(std::to_string(i));
  return all;
}

/// The same numbers, drawn one by one and counted.
inline auto counted_numbers(int count, int& drawn) {
  return std::views::iota(0, count) | std::views::transform([&drawn](int number) {
           ++drawn;
           return std::to_string(number);
         });
}

}  // namespace corochain::test
