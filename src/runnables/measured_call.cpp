// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/detail/measured_call.hpp"

#include <boost/asio/this_coro.hpp>
#include <iterator>

#include "concurrency/run_context.hpp"
#include "corochain/concurrency/detail/enter_run.hpp"
#include "observability/call_log.hpp"

namespace corochain::detail {
namespace asio = boost::asio;
namespace {

void add_up(QueryResult& result, call_log& log) {
  for (call_record& record : log.take()) {
    result.usage += record.usage;
    if (!record.model.empty()) result.model = std::move(record.model);
    if (!record.request_id.empty()) result.request_id = std::move(record.request_id);
    if (result.attempts.empty())
      result.attempts = std::move(record.attempts);
    else
      std::move(record.attempts.begin(), record.attempts.end(), std::back_inserter(result.attempts));
    for (const auto phase : {&Timing::queued, &Timing::limited, &Timing::connect, &Timing::tls,
                             &Timing::first_byte, &Timing::first_token})
      result.timing.*phase += record.timing.*phase;
  }
}

}  // namespace

std::string answer_to_show(const Value* answer) {
  try {
    if (answer) return answer->to_text();
  } catch (const PromptError&) {
    // A C++ value that is no text. The program may still be able to use it.
  }
  return "(a value without a text)";
}

std::string question_to_show(const Value& input) {
  const Dict* const dict = input.get_if<Dict>();
  if (dict && dict->bare_text()) return *dict->bare_text();
  if (dict && dict->size() == 1)
    if (const auto* text = dict->begin()->second.get_if<std::string>()) return *text;
  return answer_to_show(&input);
}

awaitable<void> measure_into(awaitable<void> answer, std::chrono::steady_clock::duration queued,
                             QueryResult& result) {
  result.started_at = std::chrono::system_clock::now();
  const auto start = std::chrono::steady_clock::now();
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  auto log = std::make_shared<call_log>();
  std::exception_ptr error;
  try {
    child_context child = context_below(here);
    log->set_outer(child.context->log);
    child.context->log = log;
    co_await run_below(std::move(child), std::move(answer));
  } catch (...) {
    error = std::current_exception();
  }
  result.timing.total = std::chrono::steady_clock::now() - start;
  result.time_taken = std::chrono::duration<double>(result.timing.total).count();
  add_up(result, *log);
  result.timing.queued += queued;
  if (!error) co_return;
  result.error.emplace(error);
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  if (cancellation.cancelled() != asio::cancellation_type::none) std::rethrow_exception(error);
}

awaitable<void> measure_call(awaitable<void> answer, QueryResult& result) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  const nested_call nested(here);
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  try {
    co_await measure_into(std::move(answer), {}, result);
  } catch (...) {
    rethrow_in_our_words(cancellation.cancelled() != asio::cancellation_type::none);
  }
}

}  // namespace corochain::detail
