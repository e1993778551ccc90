// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "codec/chat_completions/completion_reader.hpp"
#include "codec/http/header_fields.hpp"
#include "corochain/core/usage.hpp"

// The judgements that whole answers (`chat_response`), streams (`completion_stream`) and partly embeddings
// share: which values of a `completion_reader` are believed, and how they become public types.
namespace corochain::codec {

/// The largest accepted index of a choice or a tool call. Chunks are stored by their index, so a server must
/// not choose it freely.
inline constexpr std::int64_t highest_index = 1023;

/// The texts of errors that whole answers and streams share.
inline constexpr const char* too_many_text = "it has more than 1024 choices or tool calls";
inline constexpr const char* filtered_answer_text =
    "the provider's content filter stopped the answer; see categories() and partial_text(), and change the "
    "prompt or the filter's settings";

/// Returns why a choice is invalid, or an empty text: its index is beyond the highest. Everything else that
/// is missing or of another type is left empty.
std::string misshapen(const found_choice& choice);

/// Returns nothing if no usage was sent. A value that is no number of tokens counts as 0. Counts differ by
/// provider in name and place. `completion_reader` has sorted them.
std::optional<Usage> usage_of(const found_usage& found);
/// Moves the calls out.
std::vector<ToolCall> tool_calls_of(found_choice& found);
/// Returns the choice's index, or its position if it has none.
std::size_t index_of(const found_choice& found);

/// The facts about a call that the head of its answer holds. They are fields of OpenAI and Azure OpenAI;
/// other servers send some or none. A field that is no plain number is ignored.
struct head_facts {
  explicit head_facts(const header_fields& headers);

  std::string request_id;
  std::string region;
  std::optional<std::chrono::milliseconds> processing;
  std::optional<std::int64_t> remaining_requests;
  std::optional<std::int64_t> remaining_tokens;

  /// Moves them to an `AIMessage`, an `AIMessageChunk` or an `embedding_answer`.
  template <class Message>
  void move_to(Message& message) && {
    message.request_id = std::move(request_id);
    message.region = std::move(region);
    message.processing = processing;
    message.remaining_requests = remaining_requests;
    message.remaining_tokens = remaining_tokens;
  }
};

}  // namespace corochain::codec
