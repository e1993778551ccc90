// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Natural mistakes, each with the words of the first error, which say what to write instead. Where the words
// are a compiler's own, the second alternative is clang's. Spellings that work are in
// tests/unit/runnables/obvious_spellings_test.cpp. Errors inside Asio or the standard library are in a
// table of include/corochain/runnables/README.md.
// CASE generic_runnable_lambda: corochain: RunnableLambda takes a function with one .*write the type
// CASE generic_lambda_in_front: corochain: in 'function .*write the type in place of auto
// CASE text_in_front: corochain: a text is no step; .*ChatPromptTemplate::from_template
// CASE model_forgotten: corochain: in 'left \| right' .*such as a model between prompt and parser
// CASE calls_not_moved: corochain: a call is awaited once, so move them: gather\(std::move\(calls\)\)
// CASE calls_without_value_not_moved: corochain: .*move them: gather\(std::move\(calls\)\)
// CASE results_not_moved: corochain: .*move them: gather_results\(std::move\(calls\)\)
// CASE race_not_moved: corochain: .*move them: race\(std::move\(calls\)\)
// CASE completions_not_moved: corochain: .*move them: as_completed\(std::move\(calls\)\)
// CASE options_behind_few_calls: corochain: .*takes no options: write timeout\(limit, gather
// CASE step_gives_nothing: corochain: in 'left \| function' .*a step must return a value
// CASE coroutine_gives_nothing: corochain: in 'left \| function' the function returns nothing
// CASE mutable_step: corochain: in 'left \| function' .*leave out 'mutable'
// CASE step_of_two_parameters: corochain: in 'left \| function' .*give it one parameter
// CASE overloaded_step: call_an_overloaded_function_inside_of_a_lambda|selected deleted operator .\|
// CASE inputs_share_braces: corochain: each input of a batch needs braces of its own: batch\(\{\{\{
// CASE answer_as_text: write_content_or_put_StrOutputParser_behind|conversion .*AIMessage.* invokes
// CASE value_as_number: write_value_get_of_T|conversion .*Value.* invokes
// CASE value_as_text: write_value_get_of_T|conversion .*Value.* invokes
// CASE range_for_over_stream: corochain: a Stream is awaited: while \(auto chunk = co_await
// CASE range_for_over_completions: corochain: results are awaited: while \(auto item = co_await
// CASE time_limit_without_name: corochain: a time limit is given by its name: .*\{.timeout = 5s\}
// CASE child_with_value: corochain: a task_group takes children without a value; .*gather
// CASE chains_of_other_types: corochain: this runnable or function does not give the output .*output_converts
// CASE coroutine_not_called: corochain: run takes a coroutine that was called: .*\(\) behind the lambda
// CASE retry_rule_with_captures: corochain: retry_if and handle .*chain.with_retry\(\{\}, function\)
// CASE handle_with_captures: corochain: retry_if and handle .*with captures beside the options
// CASE older_language -std=c++17: corochain: C\+\+20 is needed
// CASE no_exceptions -fno-exceptions: corochain: exceptions are needed
// CASE no_type_information -fno-rtti: corochain: typeid is needed
// CASE json_without_header: corochain: .*include <corochain/core/dict_json.hpp>
#include <corochain/corochain.hpp>
#include <corochain/testing/fake_chat_model.hpp>

namespace cc = corochain;
using namespace std::chrono_literals;
using Chain = cc::Runnable<cc::Dict, std::string>;

/// A JSON value of a library whose header is not there.
struct Json {
  std::string dump() const;
};
void print(const std::string&);
int count_words(const std::string&);
int count_words(const cc::Message&);
cc::awaitable<void> log(std::string);
std::vector<cc::awaitable<std::string>> make_calls();
std::vector<cc::awaitable<void>> make_calls_without_value();

cc::awaitable<void> all(const cc::ChatPromptTemplate& prompt, const cc::testing::FakeChatModel& model,
                        Chain chain, cc::Dict dict, Json json) {
  auto calls = make_calls();
  auto silent = make_calls_without_value();
  int count = 0;
#if defined(COROCHAIN_COMPILE_OK)
  cc::RunnableLambda([](const std::string& text) { return text; });
  [](std::string text) { return cc::Dict(text); } | chain;
  cc::ChatPromptTemplate::from_template("Tell me {q}") | model;
  prompt | model | cc::StrOutputParser();
  co_await cc::gather(std::move(calls), {.max_concurrency = 8});
  co_await cc::gather(std::move(silent));
  co_await cc::timeout(1s, cc::gather(chain.ainvoke("x"), model.ainvoke("y")));
  auto both = {chain, Chain(prompt | model | cc::StrOutputParser())};
  chain.batch({{{"q", "a"}}, {{"q", "b"}}});
  const std::string text = model.invoke("x").content + dict["a"].get<std::string>();
  chain.invoke(text, {.timeout = 5s});
  chain.with_retry({}, [&count](const cc::Failure&) { return ++count < 3; });
  chain.with_fallbacks(chain, [&count](const cc::Failure&) { return ++count < 3; });
  cc::run([]() -> cc::awaitable<void> { co_return; }());
  chain.invoke(json.dump());
#elif defined(generic_runnable_lambda)
  auto step = cc::RunnableLambda([](auto text) { return text; });
#elif defined(generic_lambda_in_front)
  auto step = [](auto text) { return cc::Dict(text); } | chain;
#elif defined(text_in_front)
  auto step = "Tell me {q}" | model;
#elif defined(model_forgotten)
  auto step = prompt | cc::StrOutputParser();
#elif defined(calls_not_moved)
  auto answers = co_await cc::gather(calls, {.max_concurrency = 8});
#elif defined(calls_without_value_not_moved)
  co_await cc::gather(silent);
#elif defined(results_not_moved)
  auto answers = co_await cc::gather_results(calls);
#elif defined(race_not_moved)
  auto answer = co_await cc::race(calls);
#elif defined(completions_not_moved)
  auto answers = cc::as_completed(calls, {.max_concurrency = 8});
#elif defined(options_behind_few_calls)
  auto both = co_await cc::gather(chain.ainvoke("x"), model.ainvoke("y"), {.max_concurrency = 1});
#elif defined(step_gives_nothing)
  auto step = chain | [](const std::string& text) { print(text); };
#elif defined(coroutine_gives_nothing)
  auto step = chain | log;
#elif defined(mutable_step)
  auto step = chain | [n = 0](std::string text) mutable { return ++n, text; };
#elif defined(step_of_two_parameters)
  auto step = chain | [](std::string text, int) { return text; };
#elif defined(overloaded_step)
  auto step = chain | count_words;
#elif defined(inputs_share_braces)
  chain.batch({{"q", "a"}, {"q", "b"}});
#elif defined(answer_as_text)
  std::string text = (prompt | model).invoke("x");
#elif defined(value_as_number)
  int number = dict.at("a");
#elif defined(value_as_text)
  std::string text = dict.at("a");
#elif defined(range_for_over_stream)
  for (auto& chunk : chain.astream("x")) print(chunk);
#elif defined(range_for_over_completions)
  for (auto& item : cc::as_completed(std::move(calls))) count += static_cast<int>(item.index);
#elif defined(time_limit_without_name)
  co_await chain.ainvoke("x", 5s);
#elif defined(child_with_value)
  auto body = [&](cc::task_group& group) -> cc::awaitable<void> {
    group.spawn(chain.ainvoke("x"));
    co_return;
  };
  co_await cc::with_task_group(body);
#elif defined(chains_of_other_types)
  std::vector<Chain> chains{chain, prompt | model};
#elif defined(coroutine_not_called)
  cc::run([]() -> cc::awaitable<void> { co_return; });
#elif defined(retry_rule_with_captures)
  auto stubborn = chain.with_retry({.retry_if = [&count](const cc::Failure&) { return ++count < 3; }});
#elif defined(handle_with_captures)
  auto safe = chain.with_fallbacks({chain}, {.handle = [&count](const cc::Failure&) { return ++count < 3; }});
#elif defined(json_without_header)
  chain.invoke(json);
#endif
  co_return;
}
