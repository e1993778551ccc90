// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/core/ai_message_chunk.hpp"

#include <algorithm>
#include <ostream>
#include <utility>

// Adds up the chunks of a streamed answer. The readers of codec make the chunks, the runnables add them with
// += where a step needs the whole answer, and whole() makes of the sum the AIMessage that a call without
// streaming would have returned.
namespace corochain {
namespace {

/// A service sends such a field in one chunk or repeats it in each. A chunk without it says nothing about it,
/// so it must not erase the value that is known.
void replace_if_present(std::string& known, const std::string& next) {
  if (!next.empty()) known = next;
}

template <class T>
void replace_if_present(std::optional<T>& known, const std::optional<T>& next) {
  if (next) known = next;
}

/// The element with this index. Appends one if there is none, so the order of arrival is kept.
/// It searches instead of using the index as a subscript: indices come from the wire, may have gaps, and must
/// not decide how much memory is taken.
template <class Indexed>
Indexed& with_index(std::vector<Indexed>& all, std::size_t index) {
  // The usual case.
  if (!all.empty() && all.back().index == index) return all.back();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Indexed& each) { return each.index == index; });
  if (found != all.end()) return *found;
  auto& made = all.emplace_back();
  made.index = index;
  return made;
}

/// Appends the texts of a choice or of the message itself.
template <class Known, class Next>
void append_texts(Known& known, const Next& next) {
  known.content += next.content;
  known.refusal += next.refusal;
  known.logprobs.insert(known.logprobs.end(), next.logprobs.begin(), next.logprobs.end());
  // Id and name come whole with the first chunk of a call. Its arguments come in parts.
  for (const ToolCallChunk& part : next.tool_call_chunks) {
    ToolCallChunk& call = with_index(known.tool_call_chunks, part.index);
    replace_if_present(call.id, part.id);
    replace_if_present(call.name, part.name);
    call.arguments += part.arguments;
  }
}

/// Sorts stably. An insertion sort is enough: there are few elements, and they are mostly sorted. clang warns
/// that std::stable_sort uses a deprecated function.
template <class T>
void sort_by_index(std::vector<T>& all) {
  for (auto next = all.begin(); next != all.end(); ++next) {
    const auto place = std::upper_bound(all.begin(), next, next->index,
                                        [](std::size_t index, const T& each) { return index < each.index; });
    std::rotate(place, next, next + 1);
  }
}

/// The calls without their indices, which only tell which chunks belong together. The order of the list says
/// the same once all chunks are there.
std::vector<ToolCall> finished_calls(std::vector<ToolCallChunk> chunks) {
  sort_by_index(chunks);
  std::vector<ToolCall> calls;
  calls.reserve(chunks.size());
  for (ToolCallChunk& part : chunks)
    calls.emplace_back(std::move(part.id), std::move(part.name), std::move(part.arguments));
  return calls;
}

/// The inverse of `finished_calls`, for an answer that enters a stream as one chunk.
std::vector<ToolCallChunk> chunks_of(const std::vector<ToolCall>& calls) {
  std::vector<ToolCallChunk> chunks(calls.size());
  for (std::size_t i = 0; i < calls.size(); ++i) {
    chunks[i].index = i;
    chunks[i].id = calls[i].id;
    chunks[i].name = calls[i].name;
    chunks[i].arguments = calls[i].arguments;
  }
  return chunks;
}

void replace_if_present(detail::answer_metadata& known, const detail::answer_metadata& next) {
  replace_if_present(known.id, next.id);
  replace_if_present(known.model, next.model);
  replace_if_present(known.finish_reason, next.finish_reason);
  replace_if_present(known.system_fingerprint, next.system_fingerprint);
  replace_if_present(known.service_tier, next.service_tier);
  replace_if_present(known.usage, next.usage);
  replace_if_present(known.request_id, next.request_id);
  replace_if_present(known.region, next.region);
  replace_if_present(known.processing, next.processing);
  replace_if_present(known.remaining_requests, next.remaining_requests);
  replace_if_present(known.remaining_tokens, next.remaining_tokens);
}

}  // namespace

// The special members are compiled here once. In the class they would be compiled by each file of a program
// that moves a chunk, and a chunk has many fields that own memory.
AIMessageChunk::AIMessageChunk() = default;
AIMessageChunk::AIMessageChunk(const AIMessageChunk& other) = default;
AIMessageChunk::AIMessageChunk(AIMessageChunk&& other) noexcept = default;
AIMessageChunk& AIMessageChunk::operator=(const AIMessageChunk& other) = default;
AIMessageChunk& AIMessageChunk::operator=(AIMessageChunk&& other) noexcept = default;
AIMessageChunk::~AIMessageChunk() = default;
AIMessageChunk::AIMessageChunk(std::string text) : content(std::move(text)) {}

AIMessageChunk::AIMessageChunk(const AIMessage& message)
    : detail::answer_metadata(message),
      content(message.content),
      refusal(message.refusal),
      tool_call_chunks(chunks_of(message.tool_calls)),
      logprobs(message.logprobs) {
  for (const Choice& choice : message.other_choices) {
    ChoiceChunk& chunk = other_choices.emplace_back();
    static_cast<detail::choice_fields&>(chunk) = choice;
    chunk.tool_call_chunks = chunks_of(choice.tool_calls);
  }
}

AIMessageChunk& AIMessageChunk::operator+=(const AIMessageChunk& next) {
  // The vectors below grow while `next` is read, so a chunk that is added to itself is copied first.
  if (this == &next) return *this += AIMessageChunk(next);
  append_texts(*this, next);
  replace_if_present(static_cast<detail::answer_metadata&>(*this), next);
  for (const ChoiceChunk& choice : next.other_choices) {
    ChoiceChunk& known = with_index(other_choices, choice.index);
    append_texts(known, choice);
    replace_if_present(known.finish_reason, choice.finish_reason);
  }
  return *this;
}

AIMessage AIMessageChunk::whole() const& { return AIMessageChunk(*this).whole(); }

AIMessage AIMessageChunk::whole() && {
  AIMessage message(std::move(content));
  message.refusal = std::move(refusal);
  message.tool_calls = finished_calls(std::move(tool_call_chunks));
  message.logprobs = std::move(logprobs);
  static_cast<detail::answer_metadata&>(message) = std::move(*this);
  for (ChoiceChunk& chunk : other_choices) {
    Choice& choice = message.other_choices.emplace_back();
    choice.tool_calls = finished_calls(std::move(chunk.tool_call_chunks));
    // Moves the fields of the base alone, so that the calls above are not affected.
    static_cast<detail::choice_fields&>(choice) = std::move(chunk);
  }
  // Services interleave the chunks of several answers, so the first chunks may have come in any order.
  sort_by_index(message.other_choices);
  return message;
}

std::ostream& operator<<(std::ostream& out, const AIMessageChunk& chunk) {
  out << chunk.content;
  if (!chunk.refusal.empty()) out << "[refusal: " << chunk.refusal << ']';
  for (const ToolCallChunk& call : chunk.tool_call_chunks) out << '[' << call << ']';
  return out;
}

}  // namespace corochain
