// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Steps that a user writes: they pass chunks, hold them back or omit them, and their inner calls have the
// step's context.

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <corochain/corochain.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/event_recorder.hpp"
#include "support/presence.hpp"
#include "support/wait_forever.hpp"

namespace own_step_test {
namespace {
namespace asio = boost::asio;
namespace cc = corochain;
using cc::test::EventRecorder;
using std::chrono_literals::operator""s;
using texts = std::vector<std::string>;

std::string to_upper(std::string text) {
  for (char& each : text)
    if (each >= 'a' && each <= 'z') each = static_cast<char>(each - 'a' + 'A');
  return text;
}

// ---- a step that passes chunks on

class upper_chunks final : public cc::chunk_filter<std::string> {
 public:
  using chunk_filter::chunk_filter;

 private:
  std::optional<std::string> on_chunk(std::string chunk) override { return to_upper(std::move(chunk)); }
};

class upper_case final : public cc::step<std::string, std::string> {
 public:
  const char* name() const noexcept override { return "UpperCase"; }
  cc::streaming_mode streaming() const override { return cc::streaming_mode::passes; }
  cc::awaitable<void> call(std::string input, const cc::call_context&,
                           std::optional<std::string>& answer) const override {
    answer = to_upper(std::move(input));
    co_return;
  }
  cc::chunk_source_ptr<std::string> transform(cc::chunk_source_ptr<std::string> input,
                                              cc::call_context) const override {
    return std::make_unique<upper_chunks>(std::move(input));
  }
};

cc::Runnable<texts, std::string> spoken() {
  return cc::RunnableLambda([](texts all, cc::Yield<std::string> yield) -> cc::awaitable<void> {
    for (const std::string& each : all) co_await yield(each);
  });
}

template <class In, class Out>
std::vector<cc::chunk_of_t<Out>> chunks_of(const cc::Runnable<In, Out>& chain, In input,
                                           cc::RunConfig config = cc::RunConfig()) {
  std::vector<cc::chunk_of_t<Out>> all;
  for (auto& chunk : chain.stream(std::move(input), std::move(config))) all.push_back(std::move(chunk));
  return all;
}

TEST(own_step, is_called_piped_and_batched) {
  const auto upper = cc::make_runnable<upper_case>();
  EXPECT_EQ(upper.invoke("hey"), "HEY");
  EXPECT_EQ((spoken() | upper).invoke({"a", "b"}), "AB");
  EXPECT_EQ((upper | [](std::string text) { return text + "!"; }).invoke("hey"), "HEY!");
  EXPECT_EQ(upper.batch({"a", "b"}), (texts{"A", "B"}));
}

TEST(own_step, passes_chunks_as_they_come) {
  const auto chain = spoken() | cc::make_runnable<upper_case>() | cc::make_runnable<upper_case>();
  EXPECT_EQ(chunks_of(chain, {"one", "two"}), (texts{"ONE", "TWO"}));
  EXPECT_TRUE(chain.streams());
  EXPECT_EQ(chunks_of(cc::make_runnable<upper_case>(), std::string("first")), (texts{"FIRST"}));
}

// ---- a step that holds chunks back

/// Hands out whole words, however the chunks are split.
class word_chunks final : public cc::chunk_filter<std::string> {
 public:
  using chunk_filter::chunk_filter;

 private:
  std::optional<std::string> on_chunk(std::string chunk) override {
    held_ += chunk;
    const std::size_t end = held_.rfind(' ');
    if (end == std::string::npos) return std::nullopt;
    std::string words = held_.substr(0, end + 1);
    held_.erase(0, end + 1);
    return words;
  }
  std::optional<std::string> on_end() override {
    if (held_.empty()) return std::nullopt;
    return std::move(held_);
  }
  std::string held_;
};

class whole_words final : public cc::step<std::string, std::string> {
 public:
  const char* name() const noexcept override { return "WholeWords"; }
  cc::streaming_mode streaming() const override { return cc::streaming_mode::passes; }
  cc::awaitable<void> call(std::string input, const cc::call_context&,
                           std::optional<std::string>& answer) const override {
    answer = std::move(input);
    co_return;
  }
  cc::chunk_source_ptr<std::string> transform(cc::chunk_source_ptr<std::string> input,
                                              cc::call_context) const override {
    return std::make_unique<word_chunks>(std::move(input));
  }
};

TEST(own_step, holds_a_chunk_back_and_gives_it_at_the_end) {
  const auto chain = spoken() | cc::make_runnable<whole_words>();
  EXPECT_EQ(chunks_of(chain, {"one tw", "o thr", "e", "e"}), (texts{"one ", "two ", "three"}));
  EXPECT_EQ(chunks_of(chain, {"one ", "two "}), (texts{"one ", "two "}));
  EXPECT_EQ(chunks_of(chain, {}), texts());
}

// ---- a step that only overrides `call`

class text_length final : public cc::step<std::string, std::size_t> {
 public:
  explicit text_length(std::size_t added) : added_(added) {}
  const char* name() const noexcept override { return "TextLength"; }
  cc::awaitable<void> call(std::string input, const cc::call_context&,
                           std::optional<std::size_t>& answer) const override {
    answer = input.size() + added_;
    co_return;
  }

 private:
  std::size_t added_;
};

TEST(own_step, without_a_transform_gives_one_chunk) {
  const auto length = cc::make_runnable<text_length>(1u);
  const auto chain = spoken() | length;
  EXPECT_EQ(chunks_of(chain, {"one", "two"}), (std::vector<std::size_t>{7}));
  EXPECT_FALSE(chain.streams());
  EXPECT_EQ(length.describe(), "TextLength, gives the whole at once\n");
}

// ---- failures and cancellation

class refusing_chunks final : public cc::chunk_filter<std::string> {
 public:
  using chunk_filter::chunk_filter;

 private:
  std::optional<std::string> on_chunk(std::string chunk) override {
    if (chunk == "bad") throw cc::OutputParserError("refused");
    return chunk;
  }
};

class refusing final : public cc::step<std::string, std::string> {
 public:
  const char* name() const noexcept override { return "Refusing"; }
  cc::awaitable<void> call(std::string, const cc::call_context&, std::optional<std::string>&) const override {
    throw cc::OutputParserError("refused");
    co_return;
  }
  cc::chunk_source_ptr<std::string> transform(cc::chunk_source_ptr<std::string> input,
                                              cc::call_context) const override {
    return std::make_unique<refusing_chunks>(std::move(input));
  }
};

/// Yields two chunks and then waits until it is cancelled.
cc::Runnable<std::string, std::string> endless(int& alive) {
  return cc::RunnableLambda([&alive](std::string first, cc::Yield<std::string> yield) -> cc::awaitable<void> {
    const cc::test::presence here(alive);
    co_await yield(first);
    co_await yield("second");
    co_await cc::test::stop_slowly();
  });
}

TEST(own_step, that_throws_ends_the_stream_and_what_is_before_it) {
  int alive = 0;
  const auto chain = endless(alive) | cc::make_runnable<refusing>();
  cc::run([](cc::Runnable<std::string, std::string> refused, int& before) -> cc::awaitable<void> {
    auto stream = refused.astream("bad");
    bool failed = false;
    try {
      (void)co_await stream.next();
    } catch (const cc::OutputParserError&) {
      failed = true;
    }
    EXPECT_TRUE(failed);
    EXPECT_EQ(before, 0);
    const auto none = co_await stream.next();
    EXPECT_FALSE(none.has_value());
  }(chain, alive));
}

TEST(own_step, closes_what_is_before_it_with_the_stream) {
  int alive = 0;
  const auto chain = endless(alive) | cc::make_runnable<upper_case>();
  cc::run([](cc::Runnable<std::string, std::string> upper, int& before) -> cc::awaitable<void> {
    auto stream = upper.astream("first");
    const auto first = co_await stream.next();
    EXPECT_EQ(first, "FIRST");
    EXPECT_EQ(before, 1);
    co_await stream.close();
    EXPECT_EQ(before, 0);
  }(chain, alive));
}

TEST(own_step, is_cancelled_with_the_stream) {
  int alive = 0;
  const auto chain = endless(alive) | cc::make_runnable<upper_case>();
  asio::io_context loop;
  asio::cancellation_signal signal;
  std::string end;
  const auto read = [](cc::Runnable<std::string, std::string> upper, int& before,
                       std::string& last) -> cc::awaitable<void> {
    auto stream = upper.astream("first");
    try {
      while (auto chunk = co_await stream.next()) last = *chunk;
    } catch (const cc::CancelledError&) {
      last += ", cancelled";
      EXPECT_EQ(before, 0);
    }
  };
  asio::co_spawn(loop, read(chain, alive, end),
                 asio::bind_cancellation_slot(signal.slot(), [](std::exception_ptr) {}));
  while (loop.poll() > 0) {
  }
  EXPECT_EQ(end, "SECOND");
  EXPECT_EQ(alive, 1);
  signal.emit(asio::cancellation_type::terminal);
  loop.run_for(30s);
  EXPECT_EQ(end, "SECOND, cancelled");
  EXPECT_EQ(alive, 0);
}

class waiting final : public cc::step<std::string, std::string> {
 public:
  explicit waiting(int& alive) : alive_(alive) {}
  const char* name() const noexcept override { return "Waiting"; }
  cc::awaitable<void> call(std::string, const cc::call_context&,
                           std::optional<std::string>& answer) const override {
    const int number = co_await cc::test::wait_forever(alive_);
    answer = std::to_string(number);
  }

 private:
  int& alive_;
};

TEST(own_step, is_stopped_by_a_time_limit) {
  int alive = 0;
  const auto chain = cc::make_runnable<waiting>(alive);
  const auto limited = cc::RunConfig().timeout(std::chrono::milliseconds(1));
  EXPECT_THROW((void)chain.invoke("q", limited), cc::TimeoutError);
  EXPECT_THROW((void)chunks_of(chain, std::string("q"), limited), cc::TimeoutError);
  EXPECT_EQ(alive, 0);
}

// ---- listeners, and steps that call others

/// A composition verb of the user's: it calls again with the first call's answer.
class twice final : public cc::step<std::string, std::string> {
 public:
  explicit twice(cc::Runnable<std::string, std::string> inner) : inner_(std::move(inner)) {}
  const char* name() const noexcept override { return "Twice"; }
  cc::awaitable<void> call(std::string input, const cc::call_context& context,
                           std::optional<std::string>& answer) const override {
    std::optional<std::string> first;
    co_await inner_.step()->run(std::move(input), context, first);
    co_await inner_.step()->run(std::move(*first), context, answer);
  }

 private:
  cc::Runnable<std::string, std::string> inner_;
};

TEST(own_step, is_told_of_by_its_name) {
  const auto recorder = std::make_shared<EventRecorder>();
  const auto chain = spoken() | cc::make_runnable<upper_case>();
  EXPECT_EQ(chunks_of(chain, {"a", "b"}, cc::RunConfig().callback(recorder)), (texts{"A", "B"}));
  texts own;
  for (const std::string& line : recorder->lines())
    if (line.find("UpperCase") != std::string::npos) own.push_back(line);
  EXPECT_EQ(own, (texts{"on_chain_start UpperCase seq:step:2", "on_chain_stream UpperCase seq:step:2",
                        "on_chain_stream UpperCase seq:step:2", "on_chain_end UpperCase seq:step:2"}));
}

TEST(own_step, hands_its_context_to_the_steps_that_it_calls) {
  const auto recorder = std::make_shared<EventRecorder>();
  const auto tagged = cc::make_runnable<twice>(cc::make_runnable<upper_case>())
                          .with_config(cc::RunConfig().tag("bound").run_name("named"));
  EXPECT_EQ(tagged.invoke("x", cc::RunConfig().callback(recorder)), "X");
  EXPECT_EQ(recorder->lines(), (texts{"on_chain_start named bound", "on_chain_start UpperCase bound",
                                      "on_chain_end UpperCase bound", "on_chain_start UpperCase bound",
                                      "on_chain_end UpperCase bound", "on_chain_end named bound"}));
  const auto events = recorder->events();
  EXPECT_EQ(events[1].parent_ids().size(), 1u);
}

}  // namespace
}  // namespace own_step_test
