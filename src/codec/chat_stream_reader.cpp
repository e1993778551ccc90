// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/chat_stream_reader.hpp"

#include <utility>

// The queue of a stream's reader: chunks first, then the failure.
namespace corochain::codec {

void chat_stream_reader::tell(ErrorDetails& details) {
  if (!text_.empty()) details.text = details.text.empty() ? text_.take() : details.text + text_.take();
  if (!details.usage) details.usage = usage_;
  if (details.request_id.empty()) details.request_id = request_id_;
  details.answered = true;
}

std::optional<AIMessageChunk> chat_stream_reader::next() {
  if (ready_.empty()) {
    if (failure_) std::rethrow_exception(failure_);
    return std::nullopt;
  }
  std::optional<AIMessageChunk> first(std::move(ready_.front()));
  ready_.pop_front();
  return first;
}

}  // namespace corochain::codec
