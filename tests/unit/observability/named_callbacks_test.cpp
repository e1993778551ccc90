// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// The functions of a handler that are called, and their order.

#include <gtest/gtest.h>

#include <corochain/corochain.hpp>
#include <corochain/testing/fake_chat_model.hpp>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace corochain::named_callbacks_test {
namespace {
using testing::FakeChatModel;
using testing::FakeReply;
using namespace std::chrono_literals;

using Lines = std::vector<std::string>;
using Chain = Runnable<Dict, std::string>;

Chain chain_of(const Runnable<Messages, AIMessage>& model) {
  return ChatPromptTemplate::from_template("{question}") | model | StrOutputParser();
}

/// Records the calls of its functions.
class NamedFunctions : public CallbackHandler {
 public:
  void on_chain_start(const RunEvent& event) override { add("on_chain_start", event); }
  void on_chain_end(const RunEvent& event) override { add("on_chain_end", event); }
  void on_chain_error(const RunEvent& event) override { add("on_chain_error", event); }
  void on_chat_model_start(const RunEvent& event) override { add("on_chat_model_start", event); }
  void on_llm_new_token(const RunEvent& event) override {
    const auto* next_chunk = event.data().get_if<AIMessageChunk>();
    add("on_llm_new_token '" + (next_chunk ? next_chunk->content : "of no model") + "'", event);
  }
  void on_llm_end(const RunEvent& event) override { add("on_llm_end", event); }
  void on_llm_error(const RunEvent& event) override { add("on_llm_error", event); }
  void on_prompt_start(const RunEvent& event) override { add("on_prompt_start", event); }
  void on_prompt_end(const RunEvent& event) override { add("on_prompt_end", event); }
  void on_prompt_error(const RunEvent& event) override { add("on_prompt_error", event); }
  void on_parser_start(const RunEvent& event) override { add("on_parser_start", event); }
  void on_parser_end(const RunEvent& event) override { add("on_parser_end", event); }
  void on_parser_error(const RunEvent& event) override { add("on_parser_error", event); }
  void on_tool_start(const RunEvent& event) override { add("on_tool_start", event); }
  void on_tool_end(const RunEvent& event) override { add("on_tool_end", event); }
  void on_tool_error(const RunEvent& event) override { add("on_tool_error", event); }
  void on_retry(const RunEvent& event) override { add("on_retry", event); }

  /// The calls since the last time.
  Lines take() {
    EXPECT_TRUE(flush());
    const std::lock_guard lock(mutex_);
    return std::exchange(lines_, {});
  }

 private:
  void add(std::string line, const RunEvent& event) {
    if (event.error()) line += ": " + event.error()->message();
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
  }
  std::mutex mutex_;
  Lines lines_;
};

/// A model whose answer comes in three chunks.
class piecewise_model final : public step<Messages, AIMessage> {
 public:
  RunType run_type() const noexcept override { return RunType::chat_model; }
  const char* name() const noexcept override { return "PiecewiseModel"; }
  streaming_mode streaming() const noexcept override { return streaming_mode::makes; }
  awaitable<void> call(Messages, const call_context&, std::optional<AIMessage>& answer) const override {
    answer.emplace("one two three");
    co_return;
  }
  chunk_source_ptr<AIMessageChunk> stream(Messages, call_context) const override {
    return std::make_unique<chunks>();
  }

 private:
  class chunks final : public chunk_source<AIMessageChunk> {
   public:
    awaitable<std::optional<AIMessageChunk>> next() override {
      static constexpr const char* words[] = {"one ", "two ", "three"};
      std::optional<AIMessageChunk> next_chunk;
      if (given_ < std::size(words)) next_chunk.emplace(words[given_++]);
      co_return next_chunk;
    }
    void stop() noexcept override {}

   private:
    std::size_t given_ = 0;
  };
};

/// A parser, or a tool, that refuses some texts.
class picky final : public detail::immediate_step<AIMessage, std::string> {
 public:
  explicit picky(RunType type) : type_(type) {}
  RunType run_type() const noexcept override { return type_; }
  const char* name() const noexcept override { return "Picky"; }
  std::string apply(AIMessage&& input) const override {
    if (input.content == "no JSON") throw OutputParserError("not JSON");
    return std::move(input.content);
  }

 private:
  RunType type_;
};

Chain picky_chain(const Runnable<Messages, AIMessage>& model, RunType type) {
  return ChatPromptTemplate::from_template("{question}") | model |
         Runnable<AIMessage, std::string>(std::make_shared<const picky>(type));
}

Lines told_of(const Chain& chain, const Dict& input, bool streamed = false) {
  const auto handler = std::make_shared<NamedFunctions>();
  const RunConfig config = RunConfig().callback(handler);
  try {
    if (streamed)
      for (const std::string& next_chunk : chain.stream(input, config)) EXPECT_FALSE(next_chunk.empty());
    else
      (void)chain.invoke(input, config);
  } catch (const Error&) {
  }
  return handler->take();
}

TEST(NamedCallbacks, come_in_the_order_of_the_steps) {
  const Lines expected{"on_chain_start", "on_prompt_start", "on_prompt_end", "on_chat_model_start",
                       "on_llm_end",     "on_parser_start", "on_parser_end", "on_chain_end"};
  EXPECT_EQ(told_of(chain_of(FakeChatModel("yes")), "q"), expected);
  const Runnable<Messages, AIMessage> piecewise(std::make_shared<const piecewise_model>());
  EXPECT_EQ(told_of(chain_of(piecewise), "q"), expected) << "no tokens where nothing is streamed";
}

TEST(NamedCallbacks, of_a_stream_have_each_token_between_start_and_end) {
  const Runnable<Messages, AIMessage> piecewise(std::make_shared<const piecewise_model>());
  // A step begins when the next step asks for its first chunk.
  const Lines expected{"on_chain_start",
                       "on_parser_start",
                       "on_chat_model_start",
                       "on_prompt_start",
                       "on_prompt_end",
                       "on_llm_new_token 'one '",
                       "on_llm_new_token 'two '",
                       "on_llm_new_token 'three'",
                       "on_llm_end",
                       "on_parser_end",
                       "on_chain_end"};
  EXPECT_EQ(told_of(chain_of(piecewise), "q", true), expected);
}

TEST(NamedCallbacks, of_a_failing_model_end_each_run_around_it) {
  const auto chain = chain_of(FakeChatModel(FakeReply::failure(ServerError("down"))));
  EXPECT_EQ(told_of(chain, "q"),
            (Lines{"on_chain_start", "on_prompt_start", "on_prompt_end", "on_chat_model_start",
                   "on_llm_error: down", "on_chain_error: down"}));
  EXPECT_EQ(told_of(chain, "q", true),
            (Lines{"on_chain_start", "on_parser_start", "on_chat_model_start", "on_prompt_start",
                   "on_prompt_end", "on_llm_error: down", "on_parser_error: down", "on_chain_error: down"}));
}

TEST(NamedCallbacks, of_a_failing_prompt_and_a_failing_parser) {
  const auto lines = told_of(chain_of(FakeChatModel("yes")), {{"another", "q"}});
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[0], "on_chain_start");
  EXPECT_EQ(lines[1], "on_prompt_start");
  EXPECT_EQ(lines[2].substr(0, 16), "on_prompt_error:");
  EXPECT_EQ(lines[3].substr(0, 15), "on_chain_error:");
  EXPECT_EQ(lines[2].substr(16), lines[3].substr(15));
  EXPECT_EQ(told_of(picky_chain(FakeChatModel("no JSON"), RunType::parser), "q"),
            (Lines{"on_chain_start", "on_prompt_start", "on_prompt_end", "on_chat_model_start", "on_llm_end",
                   "on_parser_start", "on_parser_error: not JSON", "on_chain_error: not JSON"}));
}

TEST(NamedCallbacks, of_a_tool) {
  EXPECT_EQ(told_of(picky_chain(FakeChatModel("yes"), RunType::tool), "q"),
            (Lines{"on_chain_start", "on_prompt_start", "on_prompt_end", "on_chat_model_start", "on_llm_end",
                   "on_tool_start", "on_tool_end", "on_chain_end"}));
  EXPECT_EQ(told_of(picky_chain(FakeChatModel("no JSON"), RunType::tool), "q"),
            (Lines{"on_chain_start", "on_prompt_start", "on_prompt_end", "on_chat_model_start", "on_llm_end",
                   "on_tool_start", "on_tool_error: not JSON", "on_chain_error: not JSON"}));
}

TEST(NamedCallbacks, of_a_retry_come_between_the_attempts) {
  const FakeChatModel model({"no JSON", "{}"});
  const auto chain = picky_chain(model, RunType::parser);
  const auto tried = chain.with_retry({.stop_after_attempt = 3, .initial = 0s, .jitter = 0s});
  const Lines first{
      "on_chain_start",          "on_chain_start", "on_prompt_start", "on_prompt_end",
      "on_chat_model_start",     "on_llm_end",     "on_parser_start", "on_parser_error: not JSON",
      "on_chain_error: not JSON"};
  const Lines second{"on_retry: not JSON",  "on_chain_start", "on_prompt_start", "on_prompt_end",
                     "on_chat_model_start", "on_llm_end",     "on_parser_start", "on_parser_end",
                     "on_chain_end",        "on_chain_end"};
  Lines expected = first;
  expected.insert(expected.end(), second.begin(), second.end());
  EXPECT_EQ(told_of(tried, "q"), expected);
  EXPECT_EQ(model.calls(), 2u);
}

}  // namespace
}  // namespace corochain::named_callbacks_test
