// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/parsers/str_output_parser.hpp"

#include <memory>
#include <optional>
#include <utility>

#include "corochain/runnables/chunk_filter.hpp"

// The last step of most chains: from the model's answer to its text. It looks at each chunk by itself, so a
// stream passes through without a wait for the whole.
namespace corochain {
namespace {

/// The texts of an answer's chunks; chunks without text are left out.
class text_source final : public chunk_filter<AIMessageChunk, std::string> {
 public:
  using chunk_filter::chunk_filter;

 private:
  std::optional<std::string> on_chunk(AIMessageChunk chunk) override {
    // Chunks with the role, the usage or parts of tool calls have no text. An empty chunk would only wake the
    // consumer.
    std::optional<std::string> text;
    if (!chunk.content.empty()) text.emplace(std::move(chunk.content));
    return text;
  }
};

/// The step behind a StrOutputParser. `transform` is the form of `apply` for streams.
class text_step final : public detail::immediate_step<AIMessage, std::string> {
 public:
  RunType run_type() const noexcept override { return RunType::parser; }
  const char* name() const noexcept override { return "StrOutputParser"; }
  streaming_mode streaming() const override { return streaming_mode::passes; }
  std::string apply(AIMessage&& input) const override { return std::move(input.content); }
  chunk_source_ptr<std::string> transform(chunk_source_ptr<AIMessageChunk> input,
                                          call_context) const override {
    return std::make_unique<text_source>(std::move(input));
  }
};

}  // namespace

StrOutputParser::StrOutputParser() : Runnable(std::make_shared<text_step>()) {}

}  // namespace corochain
