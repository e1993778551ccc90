// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <corochain/corochain.hpp>
#include <corochain/testing/fake_chat_model.hpp>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

namespace corochain::listeners_test {
namespace {
using testing::FakeChatModel;
using testing::FakeReply;
using namespace std::chrono_literals;

/// The lines that listeners were told. A test can wait for them.
class told_lines {
 public:
  void add(std::string line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
    more_.notify_all();
  }
  std::vector<std::string> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(more_.wait_for(lock, 30s, [&] { return lines_.size() >= count; }));
    return lines_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable more_;
  std::vector<std::string> lines_;
};

Listeners writing_to(told_lines& lines) {
  return Listeners()
      .on_start([&lines](const RunEvent& event) { lines.add("start " + event.name()); })
      .on_end([&lines](const RunEvent& event) { lines.add("end " + event.data().to_text()); })
      .on_error([&lines](const RunEvent& event) { lines.add("error " + event.error()->message()); });
}

auto chain_of(FakeChatModel model) {
  return ChatPromptTemplate::from_template("{q}") | model | StrOutputParser();
}

TEST(Listeners, are_told_of_the_runnables_own_runs_only) {
  told_lines lines;
  const auto chain = chain_of(FakeChatModel("yes")).with_listeners(writing_to(lines));
  EXPECT_EQ(chain.invoke("why?"), "yes");
  EXPECT_EQ(chain.invoke("why?"), "yes");
  EXPECT_EQ(lines.wait_for(4), (std::vector<std::string>{"start RunnableSequence", "end yes",
                                                         "start RunnableSequence", "end yes"}));
}

TEST(Listeners, are_told_of_a_step_within_a_chain) {
  told_lines lines;
  const FakeChatModel model("yes");
  const auto chain =
      ChatPromptTemplate::from_template("{q}") | model.with_listeners(writing_to(lines)) | StrOutputParser();
  EXPECT_EQ(chain.invoke("why?"), "yes");
  EXPECT_EQ(lines.wait_for(2), (std::vector<std::string>{"start FakeChatModel", "end yes"}));
}

TEST(Listeners, are_told_of_failures) {
  told_lines lines;
  const FakeChatModel model(FakeReply::failure(ServerError("down")));
  EXPECT_THROW((void)chain_of(model).with_listeners(writing_to(lines)).invoke("why?"), ServerError);
  EXPECT_EQ(lines.wait_for(2), (std::vector<std::string>{"start RunnableSequence", "error down"}));
}

TEST(Listeners, are_told_of_streams) {
  told_lines lines;
  std::string given;
  const auto chain = chain_of(FakeChatModel("yes")).with_listeners(writing_to(lines));
  for (const std::string& chunk : chain.stream("why?")) given += chunk;
  EXPECT_EQ(given, "yes");
  EXPECT_EQ(lines.wait_for(2), (std::vector<std::string>{"start RunnableSequence", "end yes"}));
}

TEST(Listeners, may_be_none) {
  EXPECT_EQ(chain_of(FakeChatModel("yes")).with_listeners(Listeners()).invoke("why?"), "yes");
}

TEST(Listeners, never_slow_a_run) {
  told_lines run_ended, lines;
  // Blocks until the run has ended. The run could not end if it waited for the listener.
  const auto slow = Listeners().on_start([&](const RunEvent&) {
    run_ended.wait_for(1);
    lines.add("start was told");
  });
  EXPECT_EQ(chain_of(FakeChatModel("yes")).with_listeners(slow).invoke("why?"), "yes");
  run_ended.add("now");
  EXPECT_EQ(lines.wait_for(1), std::vector<std::string>{"start was told"});
}

TEST(Listeners, never_fail_a_run) {
  struct restore_log {
    ~restore_log() { set_log(LogLevel::off, nullptr); }
  } const restore;
  const auto log = std::make_shared<told_lines>();
  told_lines lines;
  set_log(LogLevel::warning, [log](const LogRecord& record) { log->add(std::string(record.event)); });
  const auto throwing = Listeners()
                            .on_start([](const RunEvent&) { throw std::runtime_error("a listener's own"); })
                            .on_end([&lines](const RunEvent&) { lines.add("end was told"); });
  EXPECT_EQ(chain_of(FakeChatModel("yes")).with_listeners(throwing).invoke("why?"), "yes");
  EXPECT_EQ(lines.wait_for(1), std::vector<std::string>{"end was told"});
  const auto logged = log->wait_for(1);
  EXPECT_NE(std::find(logged.begin(), logged.end(), "callback.failed"), logged.end());
}

}  // namespace
}  // namespace corochain::listeners_test
