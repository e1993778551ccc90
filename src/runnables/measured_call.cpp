// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/detail/measured_call.hpp"

#include <boost/asio/this_coro.hpp>
#include <iterator>

#include "concurrency/run_context.hpp"
#include "corochain/concurrency/detail/enter_run.hpp"
#include "observability/call_log.hpp"

// The cost of a call, for `query`, `query_all` and recorded batches. A model call adds a `call_record` to
// the log in its context when it ends; a measured call puts a log of its own there, and adds up what it finds
// in it.
namespace corochain::detail {
namespace asio = boost::asio;
namespace {

/// Adds the model calls of one question. Usage and times are sums, also of calls that went side by side. The
/// model and the request are those of the last call to end, which gives the answer in most chains.
void add_up(QueryResult& result, call_log& log) {
  for (call_record& record : log.take()) {
    result.usage += record.usage;
    if (!record.model.empty()) result.model = std::move(record.model);
    if (!record.request_id.empty()) result.request_id = std::move(record.request_id);
    // One model call, the usual case, moves its list and allocates nothing.
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

// A question that was answered is a success also where the answer is a C++ value that has no text, so this
// never throws for it.
std::string answer_to_show(const Value* answer) {
  try {
    if (answer) return answer->to_text();
  } catch (const PromptError&) {
    // A C++ value that is no text. The program may still be able to use it.
  }
  return "(a value without a text)";
}

// A question is what a person asked: text itself, or the one text of a Dict, which fills the one variable of
// a prompt. A Dict of several values is shown as a whole, because none of them is known to be the question.
std::string question_to_show(const Value& input) {
  const Dict* const dict = input.get_if<Dict>();
  // A call with text that has no name yet: the prompt gives it one.
  if (dict && dict->bare_text()) return *dict->bare_text();
  if (dict && dict->size() == 1)
    if (const auto* text = dict->begin()->second.get_if<std::string>()) return *text;
  return answer_to_show(&input);
}

awaitable<void> measure_into(awaitable<void> answer, std::chrono::steady_clock::duration queued,
                             QueryResult& result) {
  // Two clocks: the day's for people who look for the call in a log, the steady one for durations.
  result.started_at = std::chrono::system_clock::now();
  const auto start = std::chrono::steady_clock::now();
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  auto log = std::make_shared<call_log>();
  std::exception_ptr error;
  try {
    // A query in a step of a query counts for both: the inner log hands its records to the outer one.
    child_context child = context_below(here);
    log->set_outer(child.context->log);
    child.context->log = log;
    co_await run_below(std::move(child), std::move(answer));
  } catch (...) {
    error = std::current_exception();
  }
  // Also after a failure: its tokens and its time were spent.
  result.timing.total = std::chrono::steady_clock::now() - start;
  result.time_taken = std::chrono::duration<double>(result.timing.total).count();
  add_up(result, *log);
  // The wait of a batch's item for its turn comes before the call, and is known to the batch only.
  result.timing.queued += queued;
  if (!error) co_return;
  result.error.emplace(error);
  // A cancel from outside is no result: the caller does not want one. It is asked for after the call, because
  // a cancel that came while the call was ending is one, too.
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  if (cancellation.cancelled() != asio::cancellation_type::none) std::rethrow_exception(error);
}

awaitable<void> measure_call(awaitable<void> answer, QueryResult& result) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  // `query` in a step is a call within the step's run. Outside of a run this counts nothing.
  const nested_call nested(here);
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  try {
    co_await measure_into(std::move(answer), {}, result);
  } catch (...) {
    // The caller is a coroutine of the user's, who gets every cancel as a CancelledError.
    rethrow_as_cancelled(cancellation.cancelled() != asio::cancellation_type::none);
  }
}

}  // namespace corochain::detail
