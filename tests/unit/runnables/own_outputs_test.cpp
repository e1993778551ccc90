// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Chains whose outputs have no default constructor, cannot be copied, or cannot be assigned, with every verb.

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <corochain/corochain.hpp>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "support/event_recorder.hpp"
#include "support/own_answers.hpp"

namespace corochain::own_outputs_test {
namespace {
using boost::asio::use_awaitable;
using namespace std::chrono_literals;

template <class T>
T make(int number) {
  if (number < 0) throw OutputParserError("no answer");
  return T(number);
}
template <class T>
awaitable<T> await(int number) {
  co_return make<T>(number);
}
template <class T>
int number_of(const T& answer) {
  return answer.number();
}
/// Steps from a number to a `T`, by a plain function and by a coroutine.
template <class T>
Runnable<int, T> plain() {
  return RunnableLambda(make<T>);
}
template <class T>
Runnable<int, T> waiting() {
  return RunnableLambda(await<T>);
}
template <class T>
std::vector<T> listed_one(int number) {
  std::vector<T> made;
  made.emplace_back(number);
  return made;
}
RunConfig told() { return RunConfig().callback(std::make_shared<test::EventRecorder>()); }

template <class T>
class OwnOutputs : public ::testing::Test {};
TYPED_TEST_SUITE(OwnOutputs, test::BareAnswers);

TYPED_TEST(OwnOutputs, are_given_by_a_call) {
  using T = TypeParam;
  auto call = [](Runnable<int, T> chain) -> awaitable<int> {
    T first = co_await chain.ainvoke(1);
    RunConfig config = told().timeout(1h);
    T second = co_await chain.ainvoke(2, std::move(config));
    co_return first.number() * 10 + second.number();
  };
  for (const auto& chain : {plain<T>(), waiting<T>()}) {
    EXPECT_EQ(chain.invoke(3).number(), 3);
    EXPECT_EQ(chain.invoke(4, told()).number(), 4);
    EXPECT_EQ(run(call(chain)), 12);
    EXPECT_THROW(chain.invoke(-1), OutputParserError);
    EXPECT_EQ(chain.with_config(RunConfig().run_name("named")).invoke(5).number(), 5);
  }
}

TYPED_TEST(OwnOutputs, are_piped) {
  using T = TypeParam;
  const auto next = [](T answer) { return T(answer.number() + 1); };
  const auto later = [](T answer) -> awaitable<T> { co_return T(answer.number() + 1); };
  const auto chain = [](int n) { return n + 1; } | plain<T>() | next | later | RunnablePassthrough<T>();
  EXPECT_EQ(chain.invoke(1).number(), 4);
  EXPECT_EQ(chain.invoke(1, told()).number(), 4);
  const auto counted = waiting<T>() | number_of<T>;
  EXPECT_EQ(counted.invoke(9), 9);
  const auto wider =
      plain<int>() | [](double n) { return T(static_cast<int>(n)); };  // a conversion in between
  EXPECT_EQ(wider.invoke(8).number(), 8);
  EXPECT_FALSE(chain.describe().empty());
}

TYPED_TEST(OwnOutputs, are_streamed) {
  using T = TypeParam;
  const auto chain = plain<T>() | [](T answer) -> awaitable<T> { co_return std::move(answer); };
  auto read = [](Runnable<int, T> of, RunConfig config) -> awaitable<int> {
    int sum = 0;
    auto chunks = of.astream(1, std::move(config));
    while (auto next_chunk = co_await chunks.next()) sum += next_chunk->number();
    T whole = co_await of.astream(20).collect();
    auto left = of.astream(1);
    co_await left.close();
    co_return sum + whole.number();
  };
  EXPECT_EQ(run(read(chain, RunConfig())), 21);
  EXPECT_EQ(run(read(chain, told())), 21);
  int sum = 0;
  for (const T& next_chunk : chain.stream(3)) sum += next_chunk.number();
  for (const T& next_chunk : chain.stream(4, told())) sum += next_chunk.number();
  EXPECT_EQ(sum, 7);
  EXPECT_THROW(chain.stream(-1).begin(), OutputParserError);
}

TYPED_TEST(OwnOutputs, are_streamed_as_events) {
  using T = TypeParam;
  auto count = [](Runnable<int, T> chain) -> awaitable<std::size_t> {
    std::size_t events = 0;
    auto all = chain.astream_events(1);
    while (auto event = co_await all.next()) ++events;
    co_return events;
  };
  EXPECT_EQ(run(count(waiting<T>())), 3u);  // start, one chunk, end
}

TYPED_TEST(OwnOutputs, are_made_chunk_by_chunk) {
  using T = TypeParam;
  auto generate = [](int from, Yield<T> yield) -> awaitable<void> {
    co_await yield(T(from));
    co_await yield(T(from + 1));
  };
  const auto chain = RunnableGenerator<int, T>(generate) | RunnablePassthrough<T>();
  EXPECT_EQ(chain.invoke(1).number(), 2);  // chunks that cannot be added: the last one counts
  int sum = 0;
  for (const T& next_chunk : chain.stream(1)) sum += next_chunk.number();
  EXPECT_EQ(sum, 3);
}

TYPED_TEST(OwnOutputs, are_batched) {
  using T = TypeParam;
  for (const auto& chain : {plain<T>(), waiting<T>()}) {
    const std::vector<T> all = chain.batch({1, 2, 3}, {.max_concurrency = 2});
    ASSERT_EQ(all.size(), 3u);
    EXPECT_EQ(all[0].number() * 100 + all[1].number() * 10 + all[2].number(), 123);
    EXPECT_EQ(chain.batch({4}, {}, told()).at(0).number(), 4);
    EXPECT_THROW(chain.batch({1, -1}), OutputParserError);

    const std::vector<Result<T>> each = chain.batch_results({5, -1});
    ASSERT_EQ(each.size(), 2u);
    EXPECT_EQ(each[0].value().number(), 5);
    EXPECT_EQ(each[1].error().kind(), ErrorKind::output_parser);
  }
}

TYPED_TEST(OwnOutputs, are_batched_as_they_end) {
  using T = TypeParam;
  auto sum_of = [](Completions<T> done) -> awaitable<int> {
    int sum = 0;
    while (auto item = co_await done.next())
      if (item->result) sum += item->result->number();
    co_return sum;
  };
  const auto chain = waiting<T>();
  std::vector<int> numbers;
  for (int i = 1; i <= 20; ++i) numbers.push_back(i == 5 ? -1 : i);
  EXPECT_EQ(run(sum_of(chain.abatch_as_completed(numbers, {.max_concurrency = 3}))), 205);
  EXPECT_EQ(run(sum_of(chain.abatch_as_completed(numbers, {.record = true}))), 205);
  EXPECT_EQ(run(sum_of(chain.abatch_ordered(numbers, {.reorder_window = 16}))), 205);
  std::size_t next = 0;
  for (auto& item : chain.batch_ordered(numbers)) EXPECT_EQ(item.index, next++);
  EXPECT_EQ(next, 20u);
  next = 0;
  for (auto& item : chain.batch_as_completed(numbers)) next += item.index;
  EXPECT_EQ(next, 190u);
}

TYPED_TEST(OwnOutputs, are_ordered_though_later_ones_came_first) {
  using T = TypeParam;
  const auto gate = std::make_shared<int>(0);
  auto first_waits = [gate](int number) -> awaitable<T> {
    if (number > 0) ++*gate;
    auto executor = co_await boost::asio::this_coro::executor;
    while (number == 0 && *gate < 19) co_await boost::asio::post(executor, use_awaitable);
    co_return T(number);
  };
  std::vector<int> numbers;
  for (int i = 0; i < 20; ++i) numbers.push_back(i);
  int next = 0;
  for (auto& item : RunnableLambda(first_waits).batch_ordered(numbers, {.reorder_window = 20}))
    EXPECT_EQ(item.result.value().number(), next++);
  EXPECT_EQ(next, 20);
}

TYPED_TEST(OwnOutputs, are_batched_in_groups) {
  using T = TypeParam;
  auto all = [](Runnable<int, T> chain) -> awaitable<int> {
    int sum = 0;
    auto groups = in_batches(chain, {1, 2, 3}, {.batch_size = 2});
    while (std::optional<std::vector<T>> answers = co_await groups.next())
      for (const T& answer : *answers) sum = sum * 10 + answer.number();
    co_return sum;
  };
  EXPECT_EQ(run(all(plain<T>())), 123);
}

TYPED_TEST(OwnOutputs, are_mapped) {
  using T = TypeParam;
  const auto each = waiting<T>().map();
  const std::vector<int> numbers = {1, 2};
  EXPECT_EQ(each.invoke(numbers).at(1).number(), 2);
  EXPECT_EQ(each.invoke(numbers, told()).at(0).number(), 1);
  std::size_t chunks = 0;
  for (const std::vector<T>& all : each.stream(numbers)) chunks += all.size();
  EXPECT_EQ(chunks, 2u);
}

TYPED_TEST(OwnOutputs, are_tried_again) {
  using T = TypeParam;
  const auto failures = std::make_shared<int>(0);
  const auto chain = RunnableLambda([failures](int number) {
    if ((*failures)-- > 0) throw OutputParserError("not yet");
    return T(number);
  });
  const auto tried = chain.with_retry({.stop_after_attempt = 3, .initial = 0s, .jitter = 0s});
  const auto safe = RunnableLambda(make<T>).with_fallbacks({tried, await<T>});
  for (const auto& config : {RunConfig(), told()}) {
    *failures = 2;
    EXPECT_EQ(tried.invoke(1, config).number(), 1);
    *failures = 2;
    int sum = 0;
    for (const T& next_chunk : tried.stream(2, config)) sum += next_chunk.number();
    EXPECT_EQ(sum, 2);
    EXPECT_EQ(safe.invoke(3, config).number(), 3);
    EXPECT_EQ(safe.batch({4, 5}, {}, config).at(1).number(), 5);
  }
  const auto backup = RunnableLambda(make<T>).with_fallbacks({[](int) { return T(7); }});
  EXPECT_EQ(backup.invoke(-1).number(), 7);
}

TYPED_TEST(OwnOutputs, are_chosen) {
  using T = TypeParam;
  const RunnableBranch<int, T> branch({{[](int n) { return n > 9; }, [](int) { return T(9); }}},
                                      waiting<T>());
  EXPECT_EQ(branch.invoke(10).number() * 10 + branch.invoke(1).number(), 91);
  const RouterRunnable<int, T> routes({{"a", plain<T>()}, {"b", await<T>}});
  EXPECT_EQ(routes.invoke({"b", 2}).number(), 2);
  const auto routed = router<int, T>([](int n) { return n > 5 ? "high" : "low"; },
                                     {{"low", plain<T>()}, {"high", [](int) { return T(6); }}});
  EXPECT_EQ(routed.invoke(8).number(), 6);
  int sum = 0;
  for (const T& next_chunk : branch.stream(1)) sum += next_chunk.number();
  for (const T& next_chunk : routed.stream(2)) sum += next_chunk.number();
  EXPECT_EQ(sum, 3);
  const RunnableLambda redirected([](int) { return waiting<T>(); });
  EXPECT_EQ(redirected.invoke(4).number(), 4);
}

TYPED_TEST(OwnOutputs, are_made_side_by_side) {
  using T = TypeParam;
  const auto both = parallel(waiting<T>(), make<T>, [](int n) { return n + 1; });
  for (const auto& config : {RunConfig(), told()}) {
    const std::tuple<T, T, int> answers = both.invoke(1, config);
    EXPECT_EQ(std::get<0>(answers).number() + std::get<1>(answers).number() + std::get<2>(answers), 4);
  }
  std::size_t chunks = 0;
  for (const auto& next_chunk : both.stream(1)) chunks += std::get<2>(next_chunk) == 2 ? 1 : 100;
  EXPECT_EQ(chunks, 1u);
}

TYPED_TEST(OwnOutputs, are_values_of_a_dict) {
  using T = TypeParam;
  if constexpr (std::copy_constructible<T>) {
    const auto of_dict = RunnableLambda([](const Dict& input) { return T(input.get<int>("n")); });
    const RunnableParallel both({{"a", of_dict}, {"b", of_dict}});
    EXPECT_EQ(both.invoke({{"n", 3}}).template get<T>("a").number(), 3);
    EXPECT_EQ(both.invoke({{"n", 3}}, told()).template get<T>("b").number(), 3);
    const auto more = RunnablePassthrough<>::assign({{"a", of_dict}});
    EXPECT_EQ(more.invoke({{"n", 4}}).template get<T>("a").number(), 4);
    EXPECT_EQ((more | RunnableLambda([](const Dict& d) { return d; }))
                  .pick("a")
                  .invoke({{"n", 4}})
                  .template get<T>()
                  .number(),
              4);
    Dict whole;
    for (const DictChunk& chunk : more.stream({{"n", 5}})) whole = (DictChunk(whole) += chunk).whole();
    EXPECT_EQ(whole.template get<T>("a").number(), 5);
  }
}

TYPED_TEST(OwnOutputs, are_taken_by_listeners) {
  using T = TypeParam;
  const auto one = std::make_shared<std::promise<void>>();
  const auto tells_one = Listeners().on_end([one](const RunEvent&) { one->set_value(); });
  EXPECT_EQ(waiting<T>().with_listeners(tells_one).invoke(2).number(), 2);
  EXPECT_EQ(one->get_future().wait_for(30s), std::future_status::ready);
  const auto list = std::make_shared<std::promise<void>>();
  const auto tells_list = Listeners().on_end([list](const RunEvent&) { list->set_value(); });
  EXPECT_EQ(plain<T>().map().with_listeners(tells_list).invoke({1, 2}).at(1).number(), 2);
  EXPECT_EQ(list->get_future().wait_for(30s), std::future_status::ready);
}

TYPED_TEST(OwnOutputs, are_shown_to_handlers_in_containers_too) {
  using T = TypeParam;
  const auto listed = RunnableLambda([](int n) {
    std::vector<std::pair<std::string, T>> made;
    made.emplace_back("a", T(n));
    return made;
  });
  const auto perhaps = RunnableLambda([](int n) { return std::optional<std::vector<T>>(listed_one<T>(n)); });
  const auto recorder = std::make_shared<test::EventRecorder>();
  const RunConfig config = RunConfig().callback(recorder);
  EXPECT_EQ(listed.invoke(1, config).at(0).second.number(), 1);
  EXPECT_EQ(perhaps.invoke(2, config)->at(0).number(), 2);
  EXPECT_EQ(recorder->lines().size(), 4u);
}

TYPED_TEST(OwnOutputs, are_queried_for_what_they_cost) {
  using T = TypeParam;
  const auto chain = RunnableLambda([](const Dict& input) { return make<T>(input.get<int>("n")); });
  const TypedQueryResult<T> result = run(query(chain, Dict{{"n", 1}}));
  EXPECT_TRUE(result.ok());
  EXPECT_EQ(result.answer, "(a value without a text)");
  EXPECT_EQ(result.value->number(), 1);
  const auto failed = run(query(chain, Dict{{"n", -1}}));
  EXPECT_EQ(failed.error->kind(), ErrorKind::output_parser);
  EXPECT_FALSE(failed.value);
  const TypedQueryReport<T> report = run(query_all(chain, {Dict{{"n", 1}}, Dict{{"n", -1}}, Dict{{"n", 3}}}));
  ASSERT_EQ(report.results.size(), 3u);
  EXPECT_TRUE(report.results[2].ok());
  EXPECT_EQ(report.failed(), 1u);
  ASSERT_EQ(report.values.size(), 3u);
  EXPECT_EQ(report.values[0]->number(), 1);
  EXPECT_FALSE(report.values[1]);
  EXPECT_EQ(report.values[2]->number(), 3);
}

TEST(Queries, of_text_have_the_answer_once) {
  const RunnableLambda text([](int n) { return std::to_string(n); });
  static_assert(std::same_as<decltype(run(query(text, 1))), QueryResult>);
  static_assert(std::same_as<decltype(run(query_all(text, std::vector<int>()))), QueryReport>);
  EXPECT_EQ(run(query(text, 7)).answer, "7");
}

TEST(Queries, have_text_and_value_of_what_has_both) {
  const RunnableLambda number([](int n) { return n / 4.0; });
  const auto result = run(query(number, 1));
  EXPECT_EQ(result.answer, "0.25");
  EXPECT_EQ(result.value, 0.25);
  const RunnableLambda dict([](int n) { return Dict{{"n", n}}; });
  EXPECT_EQ(run(query(dict, 1)).answer, "{\"n\": 1}");
  const RunnableLambda message([](int) {
    AIMessage made("Paris");
    made.finish_reason = "stop";
    return made;
  });
  const auto answer = run(query(message, 1));
  EXPECT_EQ(answer.answer, "Paris");
  EXPECT_EQ(answer.value->finish_reason, "stop");
  // A program that wants the cost alone keeps it.
  const QueryResult cost = run(query(message, 1));
  EXPECT_EQ(cost.answer, "Paris");
}

}  // namespace
}  // namespace corochain::own_outputs_test
