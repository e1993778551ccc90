// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// The spellings that a newcomer tries first. Each has to do as it reads. Mistakes that do not compile are in
// tests/compile_fail/mistakes.cpp.

#include <gtest/gtest.h>

#include <corochain/core/dict_json.hpp>
#include <corochain/corochain.hpp>
#include <corochain/testing/fake_chat_model.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "support/fake_chain.hpp"
#include "support/run_on.hpp"

namespace corochain::obvious_spellings_test {
namespace {
using testing::FakeChatModel;
using testing::FakeReply;
using testing::VirtualTime;
using namespace std::chrono_literals;
using Chain = Runnable<Dict, std::string>;

/// Answers with the last message.
FakeChatModel echo() {
  return FakeChatModel([](const Messages& asked) { return FakeReply(asked[asked.size() - 1].content()); });
}
Chain echo_chain() { return test::chain_of(echo()); }

Dict fill(std::string question) { return {{"question", question}}; }
Dict fill_quietly(const std::string& question) noexcept { return {{"question", question}}; }
awaitable<Dict> fill_later(std::string question) { co_return Dict(question); }

std::string twice(std::string text) { return text + text; }
[[maybe_unused]] int twice(int number) { return 2 * number; }

struct Shouter {
  std::string shout(std::string text) const { return text + "!"; }
};

TEST(ObviousSpellings, functions_of_all_kinds_stand_in_front_of_a_chain) {
  const Chain chain = echo_chain();
  EXPECT_EQ((fill | chain).invoke("a"), "a");
  EXPECT_EQ((&fill | chain).invoke("a"), "a");
  EXPECT_EQ((fill_quietly | chain).invoke("a"), "a");
  EXPECT_EQ((fill_later | chain).invoke("a"), "a");
  const std::function<Dict(std::string)> function = fill;
  EXPECT_EQ((function | chain).invoke("a"), "a");
  EXPECT_EQ(([](const std::string& text) { return Dict(text); } | chain).invoke("a"), "a");
  static_assert(std::is_same_v<decltype(fill | chain), Runnable<std::string, std::string>>);
}

TEST(ObviousSpellings, functions_of_all_kinds_stand_behind_a_chain) {
  const Chain chain = echo_chain();
  EXPECT_EQ((chain | [](auto text) { return text.size(); }).invoke("ab"), 2u);
  EXPECT_EQ((chain | twice).invoke("ab"), "abab");
  const Shouter shouter;
  EXPECT_EQ((chain | std::bind_front(&Shouter::shout, &shouter)).invoke("ab"), "ab!");
  const std::function<awaitable<std::string>(std::string)> later =
      [](std::string text) -> awaitable<std::string> { co_return text + "?"; };
  EXPECT_EQ((chain | later).invoke("ab"), "ab?");
  EXPECT_EQ(*(chain | [](std::string) -> std::optional<int> { return 1; }).invoke("ab"), 1);
  auto shared = std::make_unique<int>(1);
  const auto moved = chain | [shared = std::move(shared)](std::string text) { return text; };
  const auto copy = moved;
  EXPECT_EQ(copy.invoke("ab"), "ab");
}

TEST(ObviousSpellings, inputs_are_what_is_at_hand) {
  const Chain chain = echo_chain();
  const std::string_view view = "x";
  EXPECT_EQ(chain.invoke(view) + chain.invoke(std::string("y")), "xy");
  const std::map<std::string, std::string> map{{"question", "m"}};
  EXPECT_EQ(chain.invoke(map), "m");
  const nlohmann::json json{{"question", "j"}};
  EXPECT_EQ(chain.invoke(json), "j");
  EXPECT_EQ(chain.batch({"a", "b"}), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(chain.batch({{{"question", "a"}}, {{"question", "b"}}}), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(chain.batch(std::vector{map, map}), (std::vector<std::string>{"m", "m"}));
  EXPECT_EQ(echo().invoke({{"system", "be brief"}, {"human", "hi"}}).content, "hi");
}

TEST(ObviousSpellings, chains_are_values) {
  const Chain chain = echo_chain();
  const Chain either = chain.streams() ? test::chain_of(echo()) : chain;
  EXPECT_EQ(either.invoke("x"), "x");
  EXPECT_EQ(RunnableParallel({{"a", chain}}).invoke("x").get<std::string>("a"), "x");
  const auto picked =
      RunnableParallel({{"a", chain}, {"b", chain}}) | [](Dict both) { return both["a"].get<std::string>(); };
  EXPECT_EQ(picked.invoke("x"), "x");
  std::string heard;
  run([](Chain asked, std::string& answer) -> awaitable<void> { answer = co_await asked.ainvoke("x"); }(
                                               chain, heard));
  EXPECT_EQ(heard, "x");
}

TEST(ObviousSpellings, a_chain_becomes_one_of_types_that_convert) {
  const RunnableLambda length([](const std::string& text) { return static_cast<int>(text.size()); });
  const Runnable<std::string, double> as_double = length;
  EXPECT_EQ(as_double.invoke("four"), 4.0);
  const std::vector<Runnable<Dict, double>> several{echo_chain() | length, echo_chain() | as_double};
  EXPECT_EQ(several[0].invoke("ab") + several[1].invoke("abc"), 5.0);
}

TEST(ObviousSpellings, one_fallback_needs_no_braces) {
  const FakeChatModel broken(FakeReply::failure(ServerError("no")));
  const Chain chain = test::chain_of(broken);
  EXPECT_EQ(chain.with_fallbacks(echo_chain()).invoke("x"), "x");
  EXPECT_EQ(chain.with_fallbacks([](const Dict&) { return std::string("sorry"); }).invoke("x"), "sorry");
  constexpr FallbackOptions never{.handle = [](const Failure&) { return false; }};
  EXPECT_THROW((void)chain.with_fallbacks(echo_chain(), never).invoke("x"), ServerError);
}

// ---- limits of a call

Chain slow_chain() { return test::chain_of(FakeChatModel(FakeReply("late").after(1h))); }

TEST(ObviousSpellings, results_and_kinds_are_printed) {
  std::ostringstream out;
  out << Result<std::string>("hi") << ' ' << ErrorKind::rate_limit << ' ';
  out << Result<std::string>(boost::system::in_place_error,
                             std::make_exception_ptr(RateLimitError("too many requests")));
  EXPECT_TRUE(out.str().starts_with("hi rate_limit ")) << out.str();
  EXPECT_NE(out.str().find("too many requests"), std::string::npos) << out.str();
}

TEST(CallLimits, end_each_verb) {
  const Chain slow = slow_chain();
  EXPECT_THROW((void)slow.invoke("q", {.timeout = 10ms}), TimeoutError);
  EXPECT_THROW((void)slow.with_config({.timeout = 10ms}).invoke("q"), TimeoutError);
  EXPECT_THROW((void)slow.invoke("q", {.timeout = 1h, .deadline = std::chrono::steady_clock::now()}),
               TimeoutError);
  EXPECT_THROW((void)slow.stream("q", {.timeout = 10ms}).begin(), TimeoutError);
  EXPECT_THROW(run([](Chain asked) -> awaitable<void> {
                 auto events = asked.astream_events("q", {.timeout = 10ms});
                 while (auto event = co_await events.next()) {
                 }
               }(slow)),
               TimeoutError);
  const QueryResult result = run(query(slow, "q", {.timeout = 10ms}));
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->kind(), ErrorKind::timeout);
  const auto answer = run(query(echo(), "q", {.timeout = 1h}));
  EXPECT_EQ(answer.value.value().content, "q");
}

awaitable<std::string> ask(Chain chain) {
  std::string answer = co_await chain.ainvoke({{"question", "q"}}, {.timeout = 10ms});
  co_return answer;
}
TEST(CallLimits, hold_on_a_loop_of_ones_own) {
  boost::asio::io_context loop;
  EXPECT_THROW((void)test::run_on(loop, ask(slow_chain())), TimeoutError);
}

TEST(CallLimits, that_are_none_change_nothing) {
  const Chain chain = echo_chain();
  EXPECT_EQ(chain.invoke("q", {}), "q");
  EXPECT_EQ(chain.invoke("q", CallLimits()), "q");
  EXPECT_EQ(chain.invoke("q", {.timeout = 0s, .max_concurrency = 0}), "q");
  EXPECT_EQ(run(chain.ainvoke("q", {})), "q");
  EXPECT_TRUE(RunConfig(CallLimits()).empty());
}

TEST(CallLimits, bound_what_fans_out_below) {
  VirtualTime time;
  const Chain one = test::chain_of(FakeChatModel(FakeReply("yes").after(1s), time));
  const RunnableParallel four({{"a", one}, {"b", one}, {"c", one}, {"d", one}});
  (void)time.run(four.ainvoke("q", {.max_concurrency = 2}));
  EXPECT_EQ(time.now(), 2s);
}

}  // namespace
}  // namespace corochain::obvious_spellings_test
