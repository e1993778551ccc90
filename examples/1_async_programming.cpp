// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Asks a language model many questions at once, and shows how much time that saves.
//
// It needs no key: without credentials a mock server in this process answers. `--help` tells the rest.
// Read it from the top. Code that is not about chains stands in support/.

#include <algorithm>
#include <chrono>
#include <corochain/corochain.hpp>
#include <iostream>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "support/arguments.hpp"
#include "support/comparison.hpp"
#include "support/service.hpp"

namespace cc = corochain;
using namespace std::chrono_literals;

namespace {

using Questions = std::vector<std::string>;
using example::headline;
using example::number;
using example::stop_at_first_failure;
using Clock = std::chrono::steady_clock;

// === The chain: prompt, model, parser =====================================================================

using Chain = cc::Runnable<cc::Dict, std::string>;  // named values in, text out

cc::ChatPromptTemplate make_prompt() {
  return cc::ChatPromptTemplate::from_messages(
      {{"system", "You are a helpful assistant. Answer in one sentence."}, {"human", "{question}"}});
}

Chain make_chain(const cc::AzureOptions& options) {
  return make_prompt() | cc::AzureChatOpenAI(options) | cc::StrOutputParser();
}

// The same steps, but each answer comes with what it cost. A step may be a coroutine of ours: this one asks
// the rest of the chain and measures it. A failure is then a part of the QueryResult, not an exception.
using MeasuredChain = cc::Runnable<cc::Dict, cc::QueryResult>;

MeasuredChain make_measured_chain(const cc::AzureOptions& options) {
  auto model = cc::AzureChatOpenAI(options) | cc::StrOutputParser();
  return make_prompt() | [model](cc::Messages messages) -> cc::awaitable<cc::QueryResult> {
    std::string question = messages[messages.size() - 1].content();
    cc::QueryResult result = co_await cc::query(model, std::move(messages));
    result.question = std::move(question);
    co_return result;
  };
}

// === Example 1: one after the other, and all at once ======================================================

std::vector<cc::QueryResult> process_questions_sync(const MeasuredChain& chain, const Questions& questions) {
  std::vector<cc::QueryResult> results;
  for (const auto& question : questions) results.push_back(chain.invoke({{"question", question}}));
  return results;
}

cc::awaitable<std::vector<cc::QueryResult>> process_questions_async(MeasuredChain chain, Questions questions,
                                                                    std::size_t concurrency) {
  std::vector<cc::awaitable<cc::QueryResult>> calls;
  for (const auto& question : questions) calls.push_back(chain.ainvoke({{"question", question}}));
  co_return co_await cc::gather(std::move(calls), {.max_concurrency = concurrency});  // in input order
}

void compare_sync_and_async(const MeasuredChain& chain, const Questions& questions, std::size_t concurrency,
                            bool is_mock) {
  headline("Example 1: one after the other against all at once");
  // A long list would take hours one after the other: its beginning tells enough.
  Questions few(questions.begin(),
                questions.begin() + static_cast<long>(std::min<std::size_t>(questions.size(), 20)));
  std::cout << "Asking " << few.size() << " questions one after the other ..." << std::endl;
  const auto sync = example::measure([&] { return process_questions_sync(chain, few); });
  const double whole_sync =
      sync.total * static_cast<double>(questions.size()) / static_cast<double>(few.size());
  std::cout << "Total sync time: " << number(sync.total, 2) << " seconds\n";
  if (few.size() < questions.size())
    std::cout << "All " << questions.size() << " would take about " << number(whole_sync, 2) << " seconds\n";

  std::cout << "Asking " << questions.size() << " questions at once ..." << std::endl;
  const auto async =
      example::measure([&] { return cc::run(process_questions_async(chain, questions, concurrency)); });
  std::cout << "Total async time: " << number(async.total, 2) << " seconds\n"
            << "Speed-up: " << number(whole_sync / async.total, 2) << " of at most "
            << std::min(questions.size(), concurrency) << "\n\n";

  example::print_comparison(sync, async);
  if (is_mock) std::cout << "(CPU time and memory include the mock server's share.)\n";
}

// === Example 2: answers that take differently long ========================================================

void mixed_processing_times(const MeasuredChain& chain, const Questions& questions, std::size_t concurrency) {
  headline("Example 2: answers that take differently long");
  const auto start = Clock::now();
  auto results = cc::run(process_questions_async(chain, questions, concurrency));
  const cc::QueryReport report(std::move(results), Clock::now() - start);
  stop_at_first_failure(report);
  for (const auto& result : report.results)
    std::cout << "  " << number(result.time_taken, 2, "s") << "  " << result.question << '\n';
  std::cout << "Total time: " << number(example::seconds_since(start), 2)
            << " seconds; the longest answer took " << number(report.seconds_at(1), 2) << ", all together "
            << number(report.seconds_sum(), 2) << '\n';
}

// === Example 3: batches ===================================================================================

cc::awaitable<void> process_batches(Chain chain, Questions questions, std::size_t batch_size,
                                    std::size_t concurrency) {
  auto groups = cc::in_batches(chain, questions, {.batch_size = batch_size, .max_concurrency = concurrency});
  std::size_t batch = 0;
  while (auto answers = co_await groups.next())  // the next batch begins when this one is whole
    std::cout << "Batch " << ++batch << ": " << answers->size() << " answers" << std::endl;
}

// === Example 4: progress ==================================================================================

cc::awaitable<void> track_progress(Chain chain, Questions questions, std::size_t concurrency) {
  std::vector<cc::awaitable<std::string>> calls;
  for (const auto& question : questions) calls.push_back(chain.ainvoke({{"question", question}}));
  auto done = cc::as_completed(std::move(calls), {.max_concurrency = concurrency});
  while (auto item = co_await done.next()) {
    const std::string answer = item->result.value();  // throws what the call threw
    std::cout << "Completed: " << questions[item->index] << std::endl;
  }
}

// === Example 5: errors ====================================================================================

cc::awaitable<cc::QueryResult> safe_process_question(Chain chain, std::string question) {
  cc::QueryResult result = co_await cc::query(chain, question);
  if (!result.ok()) std::cout << "Error processing question: " << result.error->message() << std::endl;
  co_return result;  // the answer stays empty, and nobody else is disturbed
}

cc::awaitable<cc::QueryReport> process_with_errors(Chain chain, Chain broken, Questions questions,
                                                   std::size_t concurrency) {
  const auto start = Clock::now();
  std::vector<cc::awaitable<cc::QueryResult>> calls;
  for (const auto& question : questions) calls.push_back(safe_process_question(chain, question));
  calls.push_back(safe_process_question(broken, "Does a missing deployment answer?"));
  auto results = co_await cc::gather(std::move(calls), {.max_concurrency = concurrency});
  co_return cc::QueryReport(std::move(results), Clock::now() - start);
}

// === The program ==========================================================================================

int tutorial(const example::Arguments& arguments) {
  Questions questions = {"What is a coroutine?", "What does an event loop do?",
                         "What is a deadline good for?", "Why keep connections open?"};
  if (!arguments.questions_file.empty()) questions = example::read_questions(arguments.questions_file);

  example::Service service;
  std::cout << service.description() << std::endl;
  service.check_settings();
  const std::size_t concurrency =
      example::possible_concurrency(arguments.concurrency, questions.size() + 1, service.is_mock());

  cc::AzureOptions options = service.options();
  options.timeout = 60s + arguments.latency;  // one deadline for the whole call, retries included
  options.connect_timeout = 30s;  // thousands of handshakes share a processor with the mock server
  const Chain chain = make_chain(options);
  const MeasuredChain measured_chain = make_measured_chain(options);
  options.azure_deployment = example::missing_deployment;
  const Chain broken_chain = make_chain(options);

  service.set_latency([latency = arguments.latency](const std::string&) { return latency; });
  compare_sync_and_async(measured_chain, questions, concurrency, service.is_mock());

  // From here on the mock server takes the whole, a half, three or one quarter of the latency.
  std::unordered_map<std::string, std::chrono::milliseconds> latencies;
  const int quarters[] = {4, 2, 3, 1};
  for (std::size_t i = 0; i < questions.size(); ++i)
    latencies.try_emplace(questions[i], arguments.latency * quarters[i % 4] / 4);
  service.set_latency([latencies](const std::string& question) {
    const auto found = latencies.find(question);
    return found == latencies.end() ? 0ms : found->second;
  });
  mixed_processing_times(measured_chain, questions, concurrency);

  headline("Example 3: batches, one after the other");
  std::size_t batch_size = questions.size() <= 5 ? 2 : 5;
  if (questions.size() > 20) batch_size = concurrency;
  cc::run(process_batches(chain, questions, batch_size, concurrency));

  headline("Example 4: progress, in the order of completion");
  cc::run(track_progress(chain, questions, concurrency));

  headline("Example 5: an error stays with its question");
  const cc::QueryReport report = cc::run(process_with_errors(chain, broken_chain, questions, concurrency));
  std::cout << '\n' << report;

  // The last question was meant to fail, and no other.
  for (std::size_t i = 0; i < questions.size(); ++i) {
    if (report.results[i].ok()) continue;
    std::cerr << "No answer to the question: " << report.results[i].question << '\n'
              << "  " << report.results[i].error->message() << '\n';
    return 1;
  }
  return 0;
}

}  // namespace

int main(int count, char** values) {
  try {
    const example::Arguments arguments = example::read_arguments(count, values);
    if (!arguments.help) return tutorial(arguments);
    std::cout << example::help_text;
    return 0;
  } catch (const example::UsageError& error) {
    std::cerr << "1_async_programming: " << error.what() << "\nTry 1_async_programming --help.\n";
    return 2;
  } catch (const cc::ConfigError& error) {
    std::cerr << "1_async_programming: " << error.what() << '\n';
    return 2;
  } catch (const cc::Error& error) {  // what() says what to do about it
    std::cerr << "1_async_programming: a call failed: " << error.what() << '\n';
    if (!error.server_message().empty()) std::cerr << "The server says: " << error.server_message() << '\n';
  } catch (const std::exception& error) {
    std::cerr << "1_async_programming: " << error.what() << '\n';
  }
  return 1;
}
