// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Fan-outs and their connections: a connection that no caller waits for is closed, and each item has the
// record of its own.

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/mock_chain.hpp"

namespace corochain::fan_out_promises_test {
namespace {
using test::chain_for;
using testing::MockReply;
using testing::MockServer;
using testing::RecordedRequest;
using namespace std::chrono_literals;
using chain_type = Runnable<Dict, std::string>;

constexpr std::size_t call_count = 8;

/// Questions of which one is `special`. `answer_only` does not answer the others.
std::vector<std::string> questions_with(const std::string& special) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < call_count; ++i) all.push_back("question " + std::to_string(i));
  all[2] = special;
  return all;
}

/// Waits for all requests and answers only the one that asks `question`.
void answer_only(MockServer& server, const std::string& question, const MockReply& answer) {
  server.hold_until(call_count);
  server.respond_with([question, answer](const RecordedRequest& request) {
    if (request.body.find('"' + question + '"') != std::string::npos) return answer;
    return MockReply::chat("too late").latency(1h);
  });
}

// ---- a failure

/// Expects that the refused call fails, and that the sockets of the others are closed by then.
template <class T>
awaitable<void> expect_refused(awaitable<T> call, MockServer& server) {
  bool refused = false, closed = false;
  try {
    (void)co_await std::move(call);
  } catch (const BadRequestError&) {
    refused = true;
    // The client's loop does not run here, so the sockets that the server sees closed were closed before.
    closed = server.wait_for_connections_open(1, 10s);
  }
  EXPECT_TRUE(refused);
  EXPECT_TRUE(closed);
  EXPECT_EQ(server.request_count(), call_count);
  EXPECT_EQ(server.connections_accepted(), call_count);
}

class FailedFanOut : public ::testing::Test {
 protected:
  FailedFanOut() { answer_only(server, "bad", MockReply::error(400, "BadRequest", "not this one")); }

  MockServer server;
  const chain_type chain = chain_for(server);
};

TEST_F(FailedFanOut, a_gather_closes_other_sockets_before_it_throws) {
  std::vector<awaitable<std::string>> calls;
  for (const std::string& question : questions_with("bad")) calls.push_back(chain.ainvoke(question));
  run(expect_refused(gather(std::move(calls)), server));
}

TEST_F(FailedFanOut, a_batch_closes_other_sockets_before_it_throws) {
  run(expect_refused(chain.abatch(questions_with("bad")), server));
}

TEST_F(FailedFanOut, a_parallel_closes_other_sockets_before_it_throws) {
  std::vector<NamedRunnable> branches;
  for (const std::string& question : questions_with("bad")) {
    const auto ask = [question](const Dict&) { return Dict(Var("question", question)); };
    branches.emplace_back(question, RunnableLambda(ask) | chain);
  }
  const RunnableParallel all(branches);
  run(expect_refused(all.ainvoke(Dict()), server));
}

// ---- loops that are left

class LeftLoop : public ::testing::Test {
 protected:
  MockServer server;
  const chain_type chain = chain_for(server);

  /// The thread's loop continues after the range was left.
  void expect_usable() {
    server.respond_with(nullptr);
    EXPECT_EQ(chain.invoke("again"), "echo: again");
  }
};

TEST_F(LeftLoop, over_a_batch_as_completed_closes_its_calls) {
  answer_only(server, "quick", MockReply::chat("quick answer").close());
  for (auto& item : chain.batch_as_completed(questions_with("quick"))) {
    EXPECT_EQ(item.result.value(), "quick answer");
    EXPECT_TRUE(server.wait_for_connections_open(call_count - 1, 10s));  // the others are under way
    break;
  }
  EXPECT_TRUE(server.wait_for_connections_open(0, 10s));
  EXPECT_EQ(server.request_count(), call_count);
  expect_usable();
}

TEST_F(LeftLoop, over_a_batch_in_order_closes_the_calls_under_way) {
  answer_only(server, "quick", MockReply::chat("quick answer").close());
  auto questions = questions_with("quick");
  std::swap(questions[0], questions[2]);
  for (auto& item : chain.batch_ordered(questions)) {
    EXPECT_EQ(item.result.value(), "quick answer");
    EXPECT_TRUE(server.wait_for_connections_open(call_count - 1, 10s));  // the others are under way
    break;
  }
  EXPECT_TRUE(server.wait_for_connections_open(0, 10s));
  EXPECT_EQ(server.request_count(), call_count);
  expect_usable();
}

TEST_F(LeftLoop, over_a_stream_closes_its_connection) {
  const std::string chunk =
      R"(data: {"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"one "},"finish_reason":null}]})"
      "\n\n";
  server.reply(MockReply::events({chunk, chunk}).stall_body_after(chunk.size()));
  for (const std::string& text : chain.stream("q")) {
    EXPECT_EQ(text, "one ");
    EXPECT_EQ(server.connections_open(), 1u);
    break;
  }
  EXPECT_TRUE(server.wait_for_connections_open(0, 10s));
  expect_usable();
}

// ---- records

/// The number of tokens that the server reports for a text.
std::int64_t tokens_of(const std::string& text) { return static_cast<std::int64_t>((text.size() + 3) / 4); }

/// Expects that each item has the record of its own call.
awaitable<void> expect_own_records(Completions<std::string> done, std::vector<std::string> questions,
                                   const MockServer& server) {
  std::set<std::string> ids;
  std::size_t count = 0;
  while (auto item = co_await done.next()) {
    ++count;
    const std::string& question = questions.at(item->index);
    const auto record = item->record;
    EXPECT_TRUE(record);
    if (!record) continue;
    EXPECT_EQ(record->question, question);
    EXPECT_EQ(record->ok(), item->result.has_value());
    EXPECT_EQ(record->attempts.size(), 1u);
    EXPECT_GT(record->time_taken, 0);
    EXPECT_TRUE(ids.insert(record->request_id).second) << record->request_id << " twice";
    // The request id ends with the number of the request.
    const std::string& id = record->request_id;
    const auto requests = server.requests();
    const std::string& body = requests.at(std::stoul(id.substr(id.rfind('-') + 1))).body;
    EXPECT_NE(body.find('"' + question + '"'), std::string::npos) << body;
    if (item->result) {
      EXPECT_EQ(item->result.value(), "echo: " + question);
      EXPECT_EQ(record->usage.output_tokens, tokens_of(item->result.value()));
      EXPECT_GT(record->usage.total_tokens, 0);
    } else {
      EXPECT_EQ(question, "bad");
      EXPECT_EQ(item->result.error().kind(), ErrorKind::bad_request);
      EXPECT_EQ(record->error->request_id(), id);
    }
  }
  EXPECT_EQ(count, questions.size());
}

class Records : public ::testing::Test {
 protected:
  Records() {
    for (std::size_t i = 0; i < 40; ++i) questions.push_back(std::to_string(i) + std::string(4 * i, '?'));
    questions[11] = "bad";
    for (const std::string& question : questions) {
      const bool bad = question == "bad";
      answers.emplace_back('"' + question + '"', bad ? MockReply::error(400, "BadRequest", "not this one")
                                                     : MockReply::chat("echo: " + question));
    }
    // The first requests are answered last.
    server.respond_with([this](const RecordedRequest& request) {
      for (auto& [asked, answer] : answers)
        if (request.body.find(asked) != std::string::npos)
          return answer.latency(std::chrono::milliseconds(20 - request.index % 20));
      return MockReply::error(404, "NotFound", "nobody asked that");
    });
  }

  std::vector<std::string> questions;
  std::vector<std::pair<std::string, MockReply>> answers;
  MockServer server;
};

TEST_F(Records, of_a_batch_as_completed_are_of_their_own_item) {
  auto done = chain_for(server).abatch_as_completed(questions, {.max_concurrency = 16, .record = true});
  run(expect_own_records(std::move(done), questions, server));
}

TEST_F(Records, of_a_batch_in_order_are_of_their_own_item) {
  auto done = chain_for(server).abatch_ordered(questions, {.max_concurrency = 16, .record = true});
  run(expect_own_records(std::move(done), questions, server));
}

// ---- time limits

/// A server that has answered once, on a connection that is kept, and does not answer again.
class UnansweredRun : public ::testing::Test {
 protected:
  UnansweredRun() {
    EXPECT_EQ(chain.invoke("before"), "echo: before");
    server.hold_until(1'000'000);
    EXPECT_EQ(server.connections_open(), 1u);
  }
  /// The client's loop does not run here, so the sockets that the server sees closed were closed before.
  void expect_closed() const {
    EXPECT_TRUE(server.wait_for_connections_open(0, 5s));
    // The client has sent its request.
    EXPECT_GE(server.request_count(), 2u);
  }

  MockServer server;
  const chain_type chain = chain_for(server);
};

TEST_F(UnansweredRun, ends_with_a_timeout_that_is_given_with_the_call) {
  EXPECT_THROW((void)chain.invoke("q", RunConfig().timeout(100ms)), TimeoutError);
  expect_closed();
}

TEST_F(UnansweredRun, ends_with_a_timeout_that_is_bound_to_the_chain) {
  const auto limited = chain.with_config(RunConfig().timeout(100ms));
  EXPECT_THROW((void)limited.invoke("q"), TimeoutError);
  expect_closed();
}

TEST_F(UnansweredRun, ends_with_a_timeout_that_is_given_with_a_batch) {
  EXPECT_THROW((void)chain.batch(questions_with("q"), BatchOptions(), RunConfig().timeout(100ms)),
               TimeoutError);
  expect_closed();
}

/// The end of `call` as its caller sees it.
std::string end_of(awaitable<void> call, boost::asio::io_context& loop) {
  std::string end = "no end";
  boost::asio::co_spawn(loop, std::move(call), [&](const std::exception_ptr& error) {
    if (!error) return;
    const Failure failure(error);
    end = std::string(to_string(failure.kind())) + ": " + failure.message();
  });
  loop.run();
  return end;
}

/// Notes what the call inside of a time limit ends with, and passes it on.
awaitable<void> ask_and_note(chain_type chain, std::string& seen) {
  try {
    (void)co_await chain.ainvoke("q");
  } catch (const Error& error) {
    seen = to_string(error.kind());
    throw;
  }
}

TEST_F(UnansweredRun, has_one_cause_of_its_end_on_each_loop) {
  const std::string expected = "timeout: the time given to the whole call was over before it was done";
  for (int round = 0; round < 4; ++round) {
    std::string inside;
    boost::asio::io_context loop(round % 2 == 0 ? 1 : BOOST_ASIO_CONCURRENCY_HINT_DEFAULT);
    EXPECT_EQ(end_of(timeout(200ms, ask_and_note(chain, inside)), loop), expected);
    EXPECT_EQ(inside, "cancelled");
    inside.clear();
    try {
      run(timeout(200ms, ask_and_note(chain, inside)));
      ADD_FAILURE() << "no failure";
    } catch (const TimeoutError& error) {
      EXPECT_EQ("timeout: " + std::string(error.what()), expected);
    }
    EXPECT_EQ(inside, "cancelled");
  }
  expect_closed();
}

/// A stream that is left to go on behind the time limit in which it began.
TEST_F(UnansweredRun, of_a_stream_that_left_its_time_limit_ends) {
  server.respond_with(
      [](const RecordedRequest&) { return MockReply::stream({"one", "two"}).stall_body_after(900); });
  server.hold_until(0);
  const auto begin = [](chain_type asked, std::optional<Stream<std::string>>& kept) -> awaitable<void> {
    kept.emplace(asked.astream("q"));
    const auto first = co_await kept->next();
    EXPECT_EQ(first, "one");
  };
  const auto read_on = [begin](chain_type asked) -> awaitable<void> {
    std::optional<Stream<std::string>> kept;
    auto opening = begin(asked, kept);
    co_await timeout(200ms, std::move(opening));
    while (true) {
      const auto chunk = co_await kept->next();
      if (!chunk) co_return;
    }
  };
  EXPECT_THROW(run(read_on(chain)), TimeoutError);
  expect_closed();
}

TEST_F(UnansweredRun, of_work_that_left_its_time_limit_ends) {
  const auto leave = [](chain_type asked, std::shared_ptr<std::string> end) -> awaitable<void> {
    const boost::asio::any_io_executor here = co_await boost::asio::this_coro::executor;
    auto call = asked.ainvoke("q");
    boost::asio::co_spawn(here, std::move(call), [end](const std::exception_ptr& error, const std::string&) {
      *end = error ? to_string(Failure(error).kind()) : "an answer";
    });
    const boost::asio::any_io_executor pool = here;
    co_await boost::asio::post(pool, boost::asio::use_awaitable);
  };
  const auto end = std::make_shared<std::string>("no end");
  boost::asio::io_context loop(1);
  auto work = leave(chain, end);
  boost::asio::co_spawn(loop, timeout(100ms, std::move(work)), boost::asio::detached);
  loop.run();
  EXPECT_EQ(*end, "timeout");
  EXPECT_TRUE(server.wait_for_connections_open(1, 5s)) << "the one that the first call left";
}

TEST_F(UnansweredRun, sends_nothing_after_its_deadline) {
  const std::size_t before = server.request_count();
  const auto busy = RunnableLambda([](Dict question) {
    // The step itself is slow: it blocks its loop until the limit is over, however fast the machine is.
    std::this_thread::sleep_for(50ms);
    return question;
  });
  const auto late = busy | chain;
  EXPECT_THROW((void)late.invoke({{"question", "q"}}, RunConfig().timeout(20ms)), TimeoutError);
  EXPECT_EQ(server.request_count(), before);
}

TEST_F(UnansweredRun, ends_with_timeouts_of_all_items_that_have_results) {
  const auto results =
      chain.batch_results(questions_with("q"), {.max_concurrency = 3}, RunConfig().timeout(100ms));
  ASSERT_EQ(results.size(), call_count);
  for (const auto& result : results) {
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().kind(), ErrorKind::timeout);
  }
  expect_closed();
  EXPECT_LE(server.request_count(), 1u + 3u);
}

TEST_F(UnansweredRun, ends_with_a_timeout_bound_to_each_item) {
  const auto limited = chain.with_config(RunConfig().timeout(100ms));
  const auto results = limited.batch_results(questions_with("q"));
  ASSERT_EQ(results.size(), call_count);
  for (const auto& result : results) {
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().kind(), ErrorKind::timeout);
  }
  expect_closed();
}

}  // namespace
}  // namespace corochain::fan_out_promises_test
