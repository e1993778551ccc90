// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <utility>

#include "corochain/core/chunk.hpp"
#include "corochain/core/export.hpp"

namespace corochain {

namespace detail {
[[noreturn]] COROCHAIN_EXPORT void throw_no_chunk();
}

/// Adds up the chunks of a `T`: texts are appended, other chunks are added with `+=` and finished with
/// `whole()`. A type without chunks of its own keeps the last one.
template <class T>
class chunk_accumulator {
 public:
  using chunk = chunk_of_t<T>;

  void add(chunk next) {
    if constexpr (keeps_last)
      whole_.emplace(std::move(next));
    else if (!whole_)
      whole_.emplace(std::move(next));
    else if constexpr (std::same_as<T, std::string>)
      whole_->append(next);
    else
      *whole_ += next;
  }
  /// Gives the whole. Without any chunk the whole is empty; for a type without chunks of its own a
  /// `ResponseFormatError` is thrown.
  T take() {
    if (!whole_) {
      if constexpr (keeps_last)
        detail::throw_no_chunk();
      else
        whole_.emplace();
    }
    if constexpr (std::same_as<T, chunk>)
      return std::move(*whole_);
    else
      return std::move(*whole_).whole();
  }

 private:
  static constexpr bool keeps_last = std::same_as<T, chunk> && !std::same_as<T, std::string>;
  std::optional<chunk> whole_;
};

}  // namespace corochain
