// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <corochain/corochain.hpp>
#include <corochain/testing/fake_chat_model.hpp>
#include <memory>
#include <optional>
#include <stdexcept>
#include <type_traits>

#include "support/event_recorder.hpp"
#include "support/function_runnable.hpp"

namespace corochain::retry_test {
namespace {
using testing::FakeChatModel;
using testing::FakeReply;
using namespace std::chrono_literals;

static_assert(std::is_aggregate_v<RetryOptions> && std::is_trivially_copyable_v<RetryOptions>);
static_assert(std::is_aggregate_v<FallbackOptions> && std::is_trivially_copyable_v<FallbackOptions>);

constexpr RetryOptions at_once{.stop_after_attempt = 3, .initial = 0s, .jitter = 0s};

FakeReply unparsable() { return FakeReply::failure(OutputParserError("no JSON")); }

TEST(Retry, tries_again_until_it_succeeds) {
  const FakeChatModel model({unparsable(), unparsable(), "fine"});
  EXPECT_EQ(model.with_retry(at_once).invoke("a question").content, "fine");
  ASSERT_EQ(model.calls(), 3u);
  for (const Messages& each : model.received()) EXPECT_EQ(each[0].content(), "a question");
}

TEST(Retry, throws_the_last_failure_with_the_earlier_ones) {
  const FakeChatModel model({FakeReply::failure(ResponseFormatError("first")),
                             FakeReply::failure(std::runtime_error("second")),
                             FakeReply::failure(OutputParserError("third")), "too late"});
  try {
    (void)model.with_retry(at_once).invoke("q");
    FAIL() << "no failure";
  } catch (const OutputParserError& error) {
    EXPECT_STREQ(error.what(), "third");
    ASSERT_EQ(error.earlier().size(), 2u);
    EXPECT_EQ(Failure(error.earlier()[0]).message(), "first");
    EXPECT_EQ(Failure(error.earlier()[1]).message(), "second");
  }
  EXPECT_EQ(model.calls(), 3u);
}

TEST(Retry, asks_a_rule_with_captures) {
  const FakeChatModel model(
      {FakeReply::failure(BadRequestError("first")), FakeReply::failure(BadRequestError("second")), "fine"});
  std::vector<std::string> judged;
  const auto stubborn =
      model.with_retry(at_once, [&judged, worth = std::string("first")](const Failure& failure) {
        judged.push_back(failure.message());
        return failure.message() == worth;
      });
  // The rule takes the place of `retry_if`, also where the options have one.
  EXPECT_THROW((void)stubborn.invoke("q"), BadRequestError);
  EXPECT_EQ(judged, (std::vector<std::string>{"first", "second"}));
  EXPECT_EQ(stubborn.invoke("q").content, "fine");
  RetryOptions never = at_once;
  never.retry_if = [](const Failure&) { return false; };
  const FakeChatModel other({FakeReply::failure(BadRequestError("first")), "fine"});
  EXPECT_EQ(other.with_retry(never, [](const Failure&) { return true; }).invoke("q").content, "fine");
}

TEST(Retry, an_empty_rule_is_that_of_the_options) {
  const FakeChatModel model({unparsable(), "fine"});
  EXPECT_EQ(model.with_retry(at_once, nullptr).invoke("q").content, "fine");
}

TEST(Retry, leaves_alone_what_is_not_worth_it) {
  const FakeChatModel model(FakeReply::failure(BadRequestError("wrong")));
  EXPECT_THROW((void)model.with_retry(at_once).invoke("q"), BadRequestError);
  EXPECT_EQ(model.calls(), 1u);
  RetryOptions options = at_once;
  options.retry_if = [](const Failure& failure) { return failure.kind() == ErrorKind::bad_request; };
  EXPECT_THROW((void)model.with_retry(options).invoke("q"), BadRequestError);
  EXPECT_EQ(model.calls(), 4u);
}

TEST(Retry, refuses_to_make_no_attempt) {
  const FakeChatModel model("fine");
  EXPECT_THROW((void)model.with_retry({.stop_after_attempt = 0}), ConfigError);
}

TEST(Retry, waits_between_attempts) {
  const FakeChatModel model({unparsable(), "fine"});
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(model.with_retry({.initial = 30ms, .jitter = 0s}).invoke("q").content, "fine");
  EXPECT_GE(std::chrono::steady_clock::now() - start, 30ms);
}

TEST(Retry, does_not_begin_a_wait_that_ends_after_the_deadline) {
  const FakeChatModel model({unparsable(), "fine"});
  const auto patient = model.with_retry({.initial = std::chrono::hours(1), .max = std::chrono::hours(1)});
  EXPECT_THROW((void)patient.invoke("q", RunConfig().timeout(std::chrono::minutes(10))), OutputParserError);
  EXPECT_EQ(model.calls(), 1u);
}

/// Starts the call on a loop of its own, emits the signal when `ready` returns true, and returns the call's
/// outcome.
template <class T, class Ready>
std::exception_ptr cancel_when(awaitable<T> call, Ready ready) {
  boost::asio::io_context loop;
  boost::asio::cancellation_signal signal;
  std::exception_ptr ended;
  bool done = false;
  boost::asio::co_spawn(
      loop, std::move(call),
      boost::asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr error, auto&&...) {
        ended = error;
        done = true;
      }));
  while (!done && !ready()) loop.run_one_for(10s);
  while (!done && loop.poll_one() > 0) {
  }
  signal.emit(boost::asio::cancellation_type::terminal);
  loop.run_for(10s);
  EXPECT_TRUE(done);
  return ended;
}

TEST(Retry, ends_as_cancelled_while_it_waits) {
  const FakeChatModel model(unparsable());
  const auto patient = model.with_retry({.initial = std::chrono::hours(1), .max = std::chrono::hours(1)});
  const Failure failure(cancel_when(patient.ainvoke("q"), [&] { return model.calls() == 1; }));
  ASSERT_EQ(failure.kind(), ErrorKind::cancelled);
  ASSERT_EQ(failure.error()->earlier().size(), 1u);
  EXPECT_EQ(Failure(failure.error()->earlier()[0]).message(), "no JSON");
  EXPECT_EQ(model.calls(), 1u);
}

TEST(Retry, makes_no_other_attempt_when_it_is_cancelled) {
  const FakeChatModel model(FakeReply("slow").after(std::chrono::hours(1)));
  RetryOptions always = at_once;
  always.retry_if = [](const Failure&) { return true; };
  const Failure failure(
      cancel_when(model.with_retry(always).ainvoke("q"), [&] { return model.in_flight() == 1; }));
  EXPECT_EQ(failure.kind(), ErrorKind::cancelled);
  EXPECT_EQ(model.calls(), 1u);
}

TEST(Retry, a_bare_abort_is_a_failure_unless_cancelled) {
  const auto aborted = boost::system::system_error(boost::asio::error::operation_aborted);
  const FakeChatModel model({FakeReply::failure(aborted), "fine"});
  EXPECT_EQ(model.with_retry(at_once).invoke("q").content, "fine");
  const FakeChatModel cancelled({FakeReply::failure(CancelledError("by itself")), "fine"});
  EXPECT_THROW((void)cancelled.with_retry(at_once).invoke("q"), CancelledError);
  EXPECT_EQ(cancelled.calls(), 1u);
}

TEST(Retry, tells_of_its_attempts) {
  const FakeChatModel model({unparsable(), "fine"});
  const auto recorder = std::make_shared<test::EventRecorder>();
  EXPECT_EQ(model.with_retry(at_once).invoke("q", RunConfig().callback(recorder)).content, "fine");
  EXPECT_EQ(recorder->lines(),
            (std::vector<std::string>{"on_chain_start RunnableRetry", "on_chat_model_start FakeChatModel",
                                      "on_chat_model_error FakeChatModel", "on_chain_retry RunnableRetry",
                                      "on_chat_model_start FakeChatModel retry:attempt:2",
                                      "on_chat_model_end FakeChatModel retry:attempt:2",
                                      "on_chain_end RunnableRetry"}));
  const RunEvent retried = recorder->events().at(3);
  EXPECT_EQ(retried.kind(), RunEventKind::retried);
  EXPECT_EQ(retried.attempt(), 2u);
  EXPECT_EQ(retried.wait(), 0s);
  ASSERT_TRUE(retried.error());
  EXPECT_EQ(retried.error()->message(), "no JSON");
}

// ---- streams

/// Chunks and failures in turn: each string is a stream in which '!' is a failure.
class scripted_step final : public step<Messages, std::string> {
 public:
  explicit scripted_step(std::vector<std::string> streams) : streams_(std::move(streams)) {}
  const char* name() const noexcept override { return "Scripted"; }
  streaming_mode streaming() const noexcept override { return streaming_mode::makes; }
  awaitable<void> call(Messages, const call_context&, std::optional<std::string>&) const override {
    throw std::runtime_error("no");
  }
  chunk_source_ptr<std::string> stream(Messages, call_context) const override {
    return std::make_unique<chunks>(streams_.at(begun++));
  }
  mutable std::size_t begun = 0;

 private:
  class chunks final : public chunk_source<std::string> {
   public:
    explicit chunks(std::string script) : script_(std::move(script)) {}
    awaitable<std::optional<std::string>> next() override {
      std::optional<std::string> next_chunk;
      if (at_ == script_.size()) co_return next_chunk;
      const char given = script_[at_++];
      if (given == '!') throw TruncatedError("broke off at " + std::to_string(at_));
      next_chunk.emplace(1, given);
      co_return next_chunk;
    }
    void stop() noexcept override {}

   private:
    std::string script_;
    std::size_t at_ = 0;
  };
  std::vector<std::string> streams_;
};

TEST(Retry, tries_a_stream_again_before_its_first_chunk_only) {
  const auto scripted =
      std::make_shared<scripted_step>(std::vector<std::string>{"!", "!", "abc", "de!", "never"});
  const auto retried = Runnable<Messages, std::string>(scripted).with_retry(at_once);
  EXPECT_TRUE(retried.streams());
  std::string given;
  for (const std::string& next_chunk : retried.stream("q")) given += next_chunk + '|';
  EXPECT_EQ(given, "a|b|c|");
  EXPECT_EQ(scripted->begun, 3u);
  given.clear();
  EXPECT_THROW(
      {
        for (const std::string& next_chunk : retried.stream("q")) given += next_chunk + '|';
      },
      TruncatedError);
  EXPECT_EQ(given, "d|e|");
  EXPECT_EQ(scripted->begun, 4u);
}

/// The loop of the range handles its events after the consumer has left, with the cancel behind them.
TEST(Retry, makes_no_attempt_for_a_stream_that_was_left) {
  namespace asio = boost::asio;
  std::optional<asio::steady_timer> timer;
  int attempts = 0;
  const auto fails = [&](Dict) -> awaitable<std::string> {
    ++attempts;
    const asio::any_io_executor here = co_await asio::this_coro::executor;
    timer.emplace(here, asio::steady_timer::time_point::max());
    boost::system::error_code ignored;
    co_await timer->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    throw TruncatedError("broke off");
  };
  const auto gives = [](Dict, Yield<std::string> yield) -> awaitable<void> {
    co_await yield("one");
    co_await yield("two");
  };
  const auto retried = RunnableLambda(fails).with_retry(at_once);
  const RunnableParallel both({{"fails", retried}, {"gives", RunnableGenerator<Dict, std::string>(gives)}});
  for (const auto& next_chunk : both.stream(Dict())) {
    (void)next_chunk;
    ASSERT_TRUE(timer) << "the first attempt has begun";
    timer->cancel();
    break;
  }
  EXPECT_EQ(attempts, 1);
  timer.reset();
}

TEST(Retry, streams_through_a_chain) {
  const auto scripted = std::make_shared<scripted_step>(std::vector<std::string>{"!", "abc"});
  const auto chain = ChatPromptTemplate::from_template("{q}") |
                     Runnable<Messages, std::string>(scripted).with_retry(at_once);
  const auto recorder = std::make_shared<test::EventRecorder>();
  std::string given;
  for (const std::string& next_chunk : chain.with_config(RunConfig().callback(recorder)).stream("why?"))
    given += next_chunk + '|';
  EXPECT_EQ(given, "a|b|c|");
  bool second = false;
  for (const std::string& line : recorder->lines())
    second = second || line == "on_chain_start Scripted retry:attempt:2";
  EXPECT_TRUE(second);
}

}  // namespace
}  // namespace corochain::retry_test
