// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/parsers/str_output_parser.hpp"

#include <memory>

namespace corochain {
namespace {

/// The texts of an answer's pieces; pieces without text are passed over.
class text_source final : public detail::source<std::string> {
 public:
  explicit text_source(detail::source_ptr<AIMessageChunk> input) : input_(std::move(input)) {}
  awaitable<std::optional<std::string>> next() override {
    std::optional<std::string> text;
    while (!text) {
      std::optional<AIMessageChunk> chunk = co_await input_->next();
      if (!chunk) break;
      if (!chunk->content.empty()) text.emplace(std::move(chunk->content));
    }
    co_return text;
  }
  bool take_ready(std::optional<std::string>& slot) override {
    std::optional<AIMessageChunk> chunk;
    while (!slot && input_->take_ready(chunk)) {
      if (!chunk->content.empty()) slot.emplace(std::move(chunk->content));
      chunk.reset();
    }
    return slot.has_value();
  }
  void stop() noexcept override { input_->stop(); }
  awaitable<void> close() override { return input_->close(); }

 private:
  detail::source_ptr<AIMessageChunk> input_;
};

class text_step final : public detail::immediate_step<AIMessage, std::string> {
 public:
  RunType run_type() const noexcept override { return RunType::parser; }
  const char* name() const noexcept override { return "StrOutputParser"; }
  detail::piece_flow flow() const noexcept override { return detail::piece_flow::passes; }
  std::string apply(AIMessage&& input) const override { return std::move(input.content); }
  detail::source_ptr<std::string> transform(detail::source_ptr<AIMessageChunk> input,
                                            call_context) const override {
    return std::make_unique<text_source>(std::move(input));
  }
};

}  // namespace

StrOutputParser::StrOutputParser() : Runnable(std::make_shared<text_step>()) {}

}  // namespace corochain
