// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <corochain/corochain.hpp>
#include <corochain/testing/fake_chat_model.hpp>

#include <gtest/gtest.h>

#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

namespace corochain {
namespace {

/// Writes down what it is told: "on_parser_start StrOutputParser seq:step:3".
class Recorder : public CallbackHandler {
 public:
  void on_event(const RunEvent& event) override {
    const std::lock_guard lock(mutex_);
    std::string line = event.event() + " " + event.name();
    for (const std::string& tag : event.tags()) line += " " + tag;
    lines_.push_back(std::move(line));
    events_.push_back(event);
  }
  std::vector<std::string> lines() const {
    EXPECT_TRUE(flush());
    const std::lock_guard lock(mutex_);
    return lines_;
  }
  std::vector<RunEvent> events() const {
    EXPECT_TRUE(flush());
    const std::lock_guard lock(mutex_);
    return events_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
  std::vector<RunEvent> events_;
};

AIMessage message(std::string text) {
  AIMessage made(std::move(text));
  made.model = "gpt-fake";
  made.usage.emplace();
  made.usage->input_tokens = 3;
  made.usage->output_tokens = 4;
  made.usage->total_tokens = 7;
  return made;
}

auto chain_of(testing::FakeChatModel model) {
  return ChatPromptTemplate::from_template("{question}") | model | StrOutputParser();
}

TEST(Callbacks, TellOfEachStepOfAChainInOrder) {
  const auto chain = chain_of(testing::FakeChatModel(message("yes")));
  const auto recorder = std::make_shared<Recorder>();
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

}  // namespace
}  // namespace corochain
