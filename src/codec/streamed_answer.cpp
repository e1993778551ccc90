// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/streamed_answer.hpp"

#include <iterator>
#include <utility>

// Chunks are joined by `AIMessageChunk::operator+=`, from which the long texts are kept away: with them, it
// would copy the text so far again whenever the string has to grow.
namespace corochain::codec {

template <class Chunk>
void streamed_answer::move_in(choice_texts& texts, Chunk& chunk) {
  texts.content.append(std::exchange(chunk.content, {}));
  texts.refusal.append(std::exchange(chunk.refusal, {}));
  for (ToolCallChunk& call : chunk.tool_call_chunks)
    if (!call.arguments.empty()) texts.arguments[call.index].append(std::exchange(call.arguments, {}));
  for (TokenLogprob& each : chunk.logprobs) texts.logprobs.push_back(std::move(each));
  chunk.logprobs.clear();
}

template <class Chunk>
void streamed_answer::move_out(choice_texts& texts, Chunk& whole) {
  whole.content = texts.content.take();
  whole.refusal = texts.refusal.take();
  // `rest_` knows each call by its index, because ids and names came there without the arguments.
  for (ToolCallChunk& call : whole.tool_call_chunks) {
    const auto found = texts.arguments.find(call.index);
    if (found != texts.arguments.end()) call.arguments = found->second.take();
  }
  whole.logprobs.assign(std::move_iterator(texts.logprobs.begin()), std::move_iterator(texts.logprobs.end()));
  texts.logprobs.clear();
}

void streamed_answer::add(AIMessageChunk chunk) {
  move_in(texts_[0], chunk);
  for (ChoiceChunk& choice : chunk.other_choices) move_in(texts_[choice.index], choice);
  rest_ += chunk;
}

AIMessage streamed_answer::take() {
  move_out(texts_[0], rest_);
  for (ChoiceChunk& choice : rest_.other_choices) move_out(texts_[choice.index], choice);
  texts_.clear();
  return std::exchange(rest_, AIMessageChunk()).whole();
}

}  // namespace corochain::codec
