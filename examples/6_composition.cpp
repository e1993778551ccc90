// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Chains made of chains: side by side, one of several, one for each element, and Dicts that grow on their
// way.

#include <corochain/corochain.hpp>
#include <corochain/testing/mock_server.hpp>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "support/demo.hpp"

namespace cc = corochain;

namespace {

using Chain = cc::Runnable<cc::Dict, std::string>;

bool is_about_math(const cc::Dict& input) {
  return input.get<std::string>("topic").find_first_of("+-*/") != std::string::npos;
}

// A condition or a step may be a coroutine: here it would ask a database.
cc::awaitable<std::string> look_up(cc::Dict input) {
  co_return "all that is known of " + input.get<std::string>("topic");
}

// A coroutine that makes its answer chunk by chunk.
cc::awaitable<void> count_down(cc::Dict input, cc::Yield<std::string> yield) {
  for (int n = input.get<int>("from"); n > 0; --n) co_await yield(std::to_string(n) + ' ');
}

cc::awaitable<void> ask_both(cc::RunnableParallel both) {
  const cc::Dict answers = co_await both.ainvoke({{"topic", "bears"}});
  std::cout << "joke: " << answers.get<std::string>("joke") << "\npoem: " << answers.get<std::string>("poem")
            << '\n';
}

void side_by_side(const Chain& joke, const Chain& poem) {
  const cc::RunnableParallel both({{"joke", joke}, {"poem", poem}});  // Runnable<Dict, Dict>, both at once
  cc::run(ask_both(both));
  for (const auto& chunk : both.stream({{"topic", "cats"}}))  // chunks of both as they come
    std::cout << '[' << chunk.key() << "] " << chunk.value().to_text() << '\n';

  const auto typed = cc::parallel(joke, [](const cc::Dict& input) { return input.size(); });
  const auto [text, count] = typed.invoke({{"topic", "dogs"}});  // std::string and std::size_t
  std::cout << text << " (" << count << " variable)\n";
}

void one_of_several(const Chain& joke, const Chain& poem) {
  const cc::RunnableBranch branch({{is_about_math, joke}}, poem);
  std::cout << branch.invoke({{"topic", "1 + 1"}}) << '\n' << branch.invoke({{"topic", "love"}}) << '\n';

  const auto key = [](const cc::Dict& input) { return input.get<std::string>("form"); };
  const auto routed = cc::router<cc::Dict, std::string>(key, {{"joke", joke}, {"poem", poem}});
  std::cout << routed.invoke({{"form", "poem"}, {"topic", "rain"}}) << '\n';
}

void growing_dicts(const Chain& joke) {
  const auto known = cc::RunnablePassthrough<>::assign({{"known", look_up}});  // the input and what was found
  const auto answered = known.assign({{"joke", joke}});
  const cc::Dict all = answered.invoke({{"topic", "owls"}});
  std::cout << all.to_text() << '\n';
  std::cout << answered.pick("known").invoke({{"topic", "owls"}}).to_text() << '\n';
}

void for_each_element(const Chain& joke) {
  const auto topic = [](std::string name) { return cc::Dict{{"topic", name}}; };
  const auto jokes = (topic | joke).map();  // Runnable<vector<string>, vector<string>>
  for (const auto& each : jokes.invoke({"ants", "bees"})) std::cout << each << '\n';

  const cc::RunnableGenerator<cc::Dict, std::string> generator(count_down);
  for (const auto& chunk : generator.stream({{"from", 3}})) std::cout << chunk;
  std::cout << '\n';
}

void demonstrate() {
  cc::testing::MockServer server;  // without a script it says "echo: " and the last message
  const cc::AzureChatOpenAI model(example::mock_options(server));
  const auto joke =
      cc::ChatPromptTemplate::from_template("a joke about {topic}") | model | cc::StrOutputParser();
  const auto poem =
      cc::ChatPromptTemplate::from_template("a poem about {topic}") | model | cc::StrOutputParser();

  side_by_side(joke, poem);
  one_of_several(joke, poem);
  growing_dicts(joke);
  for_each_element(joke);
}

}  // namespace

int main() { return example::run_example("6_composition", demonstrate); }
