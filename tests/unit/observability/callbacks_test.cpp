// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "corochain/corochain.hpp"
#include "corochain/testing/fake_chat_model.hpp"
#include "support/event_recorder.hpp"
#include "support/fake_chain.hpp"

namespace corochain::callbacks_test {
namespace {

using test::chain_of;
using test::EventRecorder;
using namespace std::chrono_literals;

AIMessage message(std::string text) {
  AIMessage made(std::move(text));
  made.model = "gpt-fake";
  made.usage.emplace();
  made.usage->input_tokens = 3;
  made.usage->output_tokens = 4;
  made.usage->total_tokens = 7;
  return made;
}

TEST(Callbacks, tell_of_each_step_of_a_chain_in_order) {
  const auto chain = chain_of(testing::FakeChatModel(message("yes")));
  const auto recorder = std::make_shared<EventRecorder>();
  EXPECT_EQ(chain.invoke("why?", RunConfig().callback(recorder).run_name("asking").tag("nightly")), "yes");
  EXPECT_EQ(recorder->lines(), (std::vector<std::string>{
                                   "on_chain_start asking nightly",
                                   "on_prompt_start ChatPromptTemplate nightly seq:step:1",
                                   "on_prompt_end ChatPromptTemplate nightly seq:step:1",
                                   "on_chat_model_start FakeChatModel nightly seq:step:2",
                                   "on_chat_model_end FakeChatModel nightly seq:step:2",
                                   "on_parser_start StrOutputParser nightly seq:step:3",
                                   "on_parser_end StrOutputParser nightly seq:step:3",
                                   "on_chain_end asking nightly",
                               }));
  const auto events = recorder->events();
  EXPECT_TRUE(events.front().parent_ids().empty());
  for (std::size_t i = 1; i + 1 < events.size(); ++i)
    EXPECT_EQ(events[i].parent_ids(), std::vector<RunId>{events.front().run_id()});
  EXPECT_EQ(*events[0].data().get<Dict>().bare_text(), "why?");
  EXPECT_EQ(events[3].data().get<Messages>()[0].content(), "why?");
  EXPECT_EQ(events[4].data().get<AIMessage>().content, "yes");
  EXPECT_EQ(events[7].data().get<std::string>(), "yes");
}

TEST(Callbacks, tell_of_a_failure_at_each_step_that_it_ends) {
  const auto chain = chain_of(testing::FakeChatModel(testing::FakeReply::failure(ServerError("no"))));
  const auto recorder = std::make_shared<EventRecorder>();
  EXPECT_THROW(chain.invoke("why?", RunConfig().callback(recorder)), ServerError);
  EXPECT_EQ(recorder->lines(), (std::vector<std::string>{
                                   "on_chain_start RunnableSequence",
                                   "on_prompt_start ChatPromptTemplate seq:step:1",
                                   "on_prompt_end ChatPromptTemplate seq:step:1",
                                   "on_chat_model_start FakeChatModel seq:step:2",
                                   "on_chat_model_error FakeChatModel seq:step:2",
                                   "on_chain_error RunnableSequence",
                               }));
  const auto events = recorder->events();
  ASSERT_TRUE(events.back().error());
  EXPECT_EQ(events.back().error()->kind(), ErrorKind::server);
}

TEST(Callbacks, nested_calls_have_their_callers_as_parents) {
  const auto inner = chain_of(testing::FakeChatModel("yes"));
  const auto outer = inner | [inner](std::string text) -> awaitable<std::string> {
    std::string again = co_await inner.ainvoke(Dict(text));
    co_return text + again;
  };
  const auto recorder = std::make_shared<EventRecorder>();
  EXPECT_EQ(outer.invoke("q", RunConfig().callback(recorder)), "yesyes");
  std::size_t deepest = 0;
  for (const RunEvent& event : recorder->events()) deepest = std::max(deepest, event.parent_ids().size());
  EXPECT_EQ(deepest, 3u);  // sequence, lambda, inner sequence: above the inner model
}

/// Blocks until it is opened.
class Gate : public CallbackHandler {
 public:
  using CallbackHandler::CallbackHandler;
  void on_event(const RunEvent&) override {
    std::unique_lock lock(mutex_);
    open_.wait(lock, [this] { return is_open_; });
    ++seen_;
  }
  void open() {
    const std::lock_guard lock(mutex_);
    is_open_ = true;
    open_.notify_all();
  }
  int seen() const {
    const std::lock_guard lock(mutex_);
    return seen_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable open_;
  bool is_open_ = false;
  int seen_ = 0;
};

TEST(Callbacks, a_slow_handler_does_not_slow_a_run) {
  const auto chain = chain_of(testing::FakeChatModel("yes"));
  const auto gate = std::make_shared<Gate>();
  EXPECT_EQ(chain.invoke("q", RunConfig().callback(gate)), "yes");  // ends while the handler stands still
  EXPECT_EQ(gate->seen(), 0);
  EXPECT_FALSE(gate->flush(1ms));
  gate->open();
  EXPECT_TRUE(gate->flush());
  EXPECT_EQ(gate->seen(), 8);
  EXPECT_EQ(gate->dropped(), 0u);
}

TEST(Callbacks, a_full_queue_drops_and_counts) {
  const auto chain = chain_of(testing::FakeChatModel("yes"));
  const auto gate = std::make_shared<Gate>(3);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(chain.invoke("q", RunConfig().callback(gate)), "yes");
  EXPECT_GE(gate->dropped(), 76u);  // of 80: three wait, and perhaps one is with the handler
  gate->open();
  EXPECT_TRUE(gate->flush());
  EXPECT_EQ(static_cast<std::size_t>(gate->seen()) + gate->dropped(), 80u);
}

class Thrower : public CallbackHandler {
 public:
  explicit Thrower(bool run_inline) : inline_(run_inline) {}
  void on_event(const RunEvent&) override { throw std::runtime_error("the handler is broken"); }
  bool run_inline() const noexcept override { return inline_; }

 private:
  bool inline_;
};

TEST(Callbacks, a_throwing_handler_is_reported_and_never_fatal) {
  for (const bool run_inline : {false, true}) {
    std::mutex mutex;
    int reported = 0;
    set_log(LogLevel::warning, [&](const LogRecord& record) {
      const std::lock_guard lock(mutex);
      if (record.event == "callback.failed") ++reported;
      EXPECT_EQ(record.text.find("broken"), std::string_view::npos);  // may be user data
    });
    const auto chain = chain_of(testing::FakeChatModel("yes"));
    const auto thrower = std::make_shared<Thrower>(run_inline);
    EXPECT_EQ(chain.invoke("q", RunConfig().callback(thrower)), "yes");
    EXPECT_TRUE(thrower->flush());
    set_log(LogLevel::off, nullptr);
    const std::lock_guard lock(mutex);
    EXPECT_EQ(reported, 8);
  }
}

TEST(Callbacks, a_handler_lives_until_its_last_event) {
  const auto chain = chain_of(testing::FakeChatModel("yes"));
  auto gate = std::make_shared<Gate>();
  const std::weak_ptr<Gate> left = gate;
  EXPECT_EQ(chain.invoke("q", RunConfig().callback(gate)), "yes");
  gate->open();
  gate = nullptr;
  for (int i = 0; i < 10'000 && !left.expired(); ++i) std::this_thread::sleep_for(1ms);
  EXPECT_TRUE(left.expired());
}

TEST(Callbacks, usage_is_counted_once_for_each_call_by_model) {
  const auto chain = chain_of(testing::FakeChatModel(message("yes")));
  const auto usage = std::make_shared<UsageMetadataCallbackHandler>();
  for (int i = 0; i < 3; ++i) chain.invoke("q", RunConfig().callback(usage));
  for (const std::string& chunk : chain.stream("q", RunConfig().callback(usage))) EXPECT_EQ(chunk, "yes");
  ASSERT_EQ(usage->usage_metadata().size(), 1u);
  EXPECT_EQ(usage->usage_metadata()[0].first, "gpt-fake");
  EXPECT_EQ(usage->total().total_tokens, 28);
  EXPECT_EQ(usage->total().input_tokens, 12);
}

TEST(Callbacks, null_is_refused) { EXPECT_THROW(RunConfig().callback(nullptr), ConfigError); }

}  // namespace
}  // namespace corochain::callbacks_test
