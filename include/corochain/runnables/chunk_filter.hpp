// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <optional>
#include <utility>

#include "corochain/core/awaitable.hpp"
#include "corochain/runnables/chunk_source.hpp"

namespace corochain {

/// A source that makes its chunks from those of another source, one at a time:
///
///     class upper_chunks final : public chunk_filter<std::string> {
///      public:
///       using chunk_filter::chunk_filter;
///
///      private:
///       std::optional<std::string> on_chunk(std::string chunk) override {
///         return to_upper(std::move(chunk));
///       }
///     };
///
/// Chunks that are there already pass without a wait. Stopping or closing the filter does the same to its
/// input.
template <class From, class To = From>
class chunk_filter : public chunk_source<To> {
 public:
  explicit chunk_filter(chunk_source_ptr<From> input) : input_(std::move(input)) {}

  awaitable<std::optional<To>> next() final {
    while (!ended_) {
      std::optional<From> chunk = co_await input_->next();
      ended_ = !chunk;
      std::optional<To> made = chunk ? on_chunk(std::move(*chunk)) : on_end();
      if (made) co_return made;
    }
    co_return std::nullopt;
  }
  bool take_ready(std::optional<To>& slot) final {
    std::optional<From> chunk;
    while (!ended_ && input_->take_ready(chunk)) {
      std::optional<To> made = on_chunk(std::move(*chunk));
      chunk.reset();
      if (!made) continue;
      slot.emplace(std::move(*made));
      return true;
    }
    return false;
  }
  void stop() noexcept final { input_->stop(); }
  bool next_ends_by_stop() const noexcept final { return input_->next_ends_by_stop(); }
  awaitable<void> close() final { return input_->close(); }

 private:
  /// Makes a chunk. Returns nothing to leave the chunk out or to hold it back. It must not block. An
  /// exception ends the stream.
  virtual std::optional<To> on_chunk(From chunk) = 0;
  /// Makes the last chunk from the chunks that were held back, when the input has ended. Returns nothing if
  /// there is none.
  virtual std::optional<To> on_end() { return std::nullopt; }

  chunk_source_ptr<From> input_;
  bool ended_ = false;
};

}  // namespace corochain
