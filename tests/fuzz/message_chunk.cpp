// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Chunks of a message: how they are put together does not matter, and an answer of one chunk is the answer.
#include "corochain/core/ai_message_chunk.hpp"

#include "fuzz/fuzz.hpp"

namespace corochain::fuzz {
namespace {

/// Takes bytes off the front of the input; zeros when it is used up.
class bytes {
 public:
  explicit bytes(std::string_view rest) : rest_(rest) {}

  bool empty() const noexcept { return rest_.empty(); }
  unsigned next() noexcept {
    if (rest_.empty()) return 0;
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    return byte;
  }
  std::string text() {
    const std::size_t size = std::min<std::size_t>(next() % 4, rest_.size());
    const std::string taken(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return taken;
  }

 private:
  std::string_view rest_;
};

ToolCallChunk call_from(bytes& from) {
  ToolCallChunk call;
  call.index = from.next() % 4;
  call.id = from.text();
  call.name = from.text();
  call.arguments = from.text();
  return call;
}

AIMessageChunk chunk_from(bytes& from) {
  AIMessageChunk chunk(from.text());
  const unsigned has = from.next();
  if (has & 1) chunk.refusal = from.text();
  if (has & 2) chunk.tool_call_chunks.push_back(call_from(from));
  if (has & 4) chunk.finish_reason = from.text();
  if (has & 8) chunk.id = from.text();
  if (has & 16) {
    Usage usage;
    usage.input_tokens = from.next();
    chunk.usage = usage;
  }
  if (has & 32) {
    ChoiceChunk& other = chunk.other_choices.emplace_back();
    other.index = from.next() % 4 + 1;
    other.content = from.text();
    if (has & 64) other.tool_call_chunks.push_back(call_from(from));
  }
  if (has & 128) chunk.logprobs.emplace_back().token = from.text();
  return chunk;
}

}  // namespace

void one_input(std::string_view input) {
  bytes from(input);
  std::vector<AIMessageChunk> chunks;
  while (!from.empty() && chunks.size() < 32) chunks.push_back(chunk_from(from));
  AIMessageChunk from_the_left, from_the_right;
  std::string text;
  for (const AIMessageChunk& chunk : chunks) {
    from_the_left += chunk;
    text += chunk.content;
  }
  for (std::size_t i = chunks.size(); i-- > 0;) from_the_right = chunks[i] + from_the_right;
  require(from_the_left == from_the_right, "the order of adding does not matter");
  require(from_the_left.content == text, "the texts are joined");
  const AIMessage whole = from_the_left.whole();
  require(whole.content == text && whole.usage == from_the_left.usage, "the whole is the sum");
  require(AIMessageChunk(AIMessageChunk(whole).whole()) == AIMessageChunk(whole),
          "a message comes back from its one chunk");
  for (std::size_t i = 1; i < whole.other_choices.size(); ++i)
    require(whole.other_choices[i - 1].index < whole.other_choices[i].index,
            "each choice is there once, in order");
}

}  // namespace corochain::fuzz
