// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Chunks that are ready pass through each kind of step without a wait.

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <corochain/corochain.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "support/event_recorder.hpp"

namespace corochain::ready_chunks_test {
namespace {

constexpr int all_chunks = 100;

struct counts {
  int awaited = 0;  // calls of `next()` of the model's source
  int ready = 0;    // chunks that were taken without it
};

/// A model whose chunks are all ready with the first one.
class burst_model final : public step<Messages, AIMessage> {
 public:
  const char* name() const noexcept override { return "BurstModel"; }
  streaming_mode streaming() const noexcept override { return streaming_mode::makes; }
  awaitable<void> call(Messages, const call_context&, std::optional<AIMessage>& answer) const override {
    answer.emplace("whole");
    co_return;
  }
  chunk_source_ptr<AIMessageChunk> stream(Messages, call_context) const override {
    return std::make_unique<chunks>(count);
  }
  const std::shared_ptr<counts> count = std::make_shared<counts>();

 private:
  class chunks final : public chunk_source<AIMessageChunk> {
   public:
    explicit chunks(std::shared_ptr<counts> count) : count_(std::move(count)) {}
    awaitable<std::optional<AIMessageChunk>> next() override {
      ++count_->awaited;
      std::optional<AIMessageChunk> chunk;
      if (given_ < all_chunks) chunk.emplace(std::to_string(given_++));
      co_return chunk;
    }
    bool take_ready(std::optional<AIMessageChunk>& slot) override {
      if (given_ == 0 || given_ == all_chunks) return false;
      ++count_->ready;
      slot.emplace(std::to_string(given_++));
      return true;
    }
    void stop() noexcept override {}

   private:
    std::shared_ptr<counts> count_;
    int given_ = 0;
  };
};

std::string all_numbers() {
  std::string text;
  for (int i = 0; i < all_chunks; ++i) text += std::to_string(i);
  return text;
}

template <class In, class Out>
awaitable<void> read_all(Runnable<In, Out> chain, In input, RunConfig config, Out& answer, int& chunks) {
  auto stream = chain.astream(std::move(input), std::move(config));
  chunk_accumulator<Out> whole;
  while (auto chunk = co_await stream.next()) {
    ++chunks;
    whole.add(std::move(*chunk));
  }
  answer = whole.take();
}

/// Reads the stream of the runnable that `wrap` makes of the model. Each chunk but the first is taken without
/// a wait and without a turn of the loop.
template <class Wrap>
void expect_no_waits(Wrap wrap, const RunConfig& config = RunConfig()) {
  const auto model = std::make_shared<const burst_model>();
  const Runnable<Messages, std::string> chain =
      wrap(Runnable<Messages, AIMessage>(model)) | StrOutputParser();
  boost::asio::io_context loop;
  std::string answer;
  int chunks = 0;
  boost::asio::co_spawn(loop, read_all(chain, Messages("q"), config, answer, chunks),
                        [](std::exception_ptr error) {
                          if (error) std::rethrow_exception(error);
                        });
  const std::size_t handlers = loop.run();
  EXPECT_EQ(answer, all_numbers());
  EXPECT_EQ(chunks, all_chunks);
  EXPECT_EQ(model->count->ready, all_chunks - 1);
  EXPECT_EQ(model->count->awaited, 2);  // the first, and the end
  EXPECT_LT(handlers, static_cast<std::size_t>(all_chunks) / 2);
}

awaitable<void> read_events(Stream<RunEvent> events, int& count) {
  while (auto event = co_await events.next()) ++count;
}

using Model = Runnable<Messages, AIMessage>;
constexpr auto as_it_is = [](const Model& model) { return model; };

TEST(ReadyChunks, pass_a_parser) { expect_no_waits(as_it_is); }
TEST(ReadyChunks, pass_a_listener) {
  const auto recorder = std::make_shared<test::EventRecorder>();
  expect_no_waits(as_it_is, RunConfig().callback(recorder));
  EXPECT_EQ(recorder->lines().size(), 3u * (all_chunks + 2));  // of sequence, model and parser
}
TEST(ReadyChunks, their_events_come_together) {
  const auto model = std::make_shared<const burst_model>();
  const auto chain = Model(model) | StrOutputParser();
  boost::asio::io_context loop;
  int events = 0;
  boost::asio::co_spawn(loop, read_events(chain.astream_events(Messages("q")), events),
                        [](std::exception_ptr error) {
                          if (error) std::rethrow_exception(error);
                        });
  const std::size_t handlers = loop.run();
  EXPECT_EQ(events, 3 * (all_chunks + 2));  // of sequence, model and parser
  EXPECT_LT(handlers, 3u * all_chunks);     // two for the first event of each chunk
}
TEST(ReadyChunks, pass_a_configuration_with_a_time_limit) {
  expect_no_waits(
      [](const Model& model) { return model.with_config(RunConfig().timeout(std::chrono::hours(1))); });
}
TEST(ReadyChunks, pass_a_retry) {
  expect_no_waits([](const Model& model) { return model.with_retry({}); });
}
TEST(ReadyChunks, pass_a_fallback) {
  expect_no_waits([](const Model& model) { return model.with_fallbacks({model}); });
}
TEST(ReadyChunks, pass_a_branch) {
  expect_no_waits([](const Model& model) {
    return Model(
        RunnableBranch<Messages, AIMessage>({{[](const Messages&) { return false; }, model}}, model));
  });
}
TEST(ReadyChunks, pass_a_passthrough) {
  expect_no_waits([](const Model& model) { return model | RunnablePassthrough<AIMessage>(); });
}

/// A model whose second chunk is ready and cannot be taken.
class broken_model final : public step<Messages, AIMessage> {
 public:
  const char* name() const noexcept override { return "BrokenModel"; }
  streaming_mode streaming() const noexcept override { return streaming_mode::makes; }
  awaitable<void> call(Messages, const call_context&, std::optional<AIMessage>& answer) const override {
    answer.emplace("whole");
    co_return;
  }
  chunk_source_ptr<AIMessageChunk> stream(Messages, call_context) const override {
    return std::make_unique<chunks>(stopped);
  }
  const std::shared_ptr<bool> stopped = std::make_shared<bool>(false);

 private:
  class chunks final : public chunk_source<AIMessageChunk> {
   public:
    explicit chunks(std::shared_ptr<bool> stopped) : stopped_(std::move(stopped)) {}
    awaitable<std::optional<AIMessageChunk>> next() override {
      begun_ = true;
      co_return AIMessageChunk("first");
    }
    bool take_ready(std::optional<AIMessageChunk>&) override {
      if (begun_) throw OutputParserError("torn");
      return false;
    }
    void stop() noexcept override { *stopped_ = true; }

   private:
    std::shared_ptr<bool> stopped_;
    bool begun_ = false;
  };
};

TEST(ReadyChunks, a_failure_to_take_one_ends_the_stream) {
  const auto model = std::make_shared<const broken_model>();
  run([](std::shared_ptr<const broken_model> broken) -> awaitable<void> {
    auto stream = Model(broken).astream(Messages("q"));
    const auto first = co_await stream.next();
    EXPECT_TRUE(first.has_value());
    bool failed = false;
    try {
      (void)co_await stream.next();
    } catch (const OutputParserError&) {
      failed = true;
    }
    EXPECT_TRUE(failed);
    EXPECT_TRUE(*broken->stopped);
    const auto none = co_await stream.next();
    EXPECT_FALSE(none.has_value());
  }(model));
}

TEST(ReadyChunks, are_collected_without_a_wait) {
  const auto model = std::make_shared<const burst_model>();
  const auto collected = Model(model) | [](const AIMessage& message) { return message.content; };
  std::string text;
  for (const std::string& chunk : collected.stream(Messages("q"))) text += chunk;
  EXPECT_EQ(text, all_numbers());
  EXPECT_EQ(model->count->awaited, 2);
}

TEST(ReadyChunks, are_streamed_by_the_branches_of_a_dict) {
  const auto model = std::make_shared<const burst_model>();
  const auto prompt = ChatPromptTemplate::from_template("{q}");
  const RunnableParallel both({{"a", prompt | Model(model) | StrOutputParser()}});
  DictChunk whole;
  for (const DictChunk& chunk : both.stream({{"q", "?"}})) whole += chunk;
  EXPECT_EQ(whole.whole().get<std::string>("a"), all_numbers());
}

}  // namespace
}  // namespace corochain::ready_chunks_test
