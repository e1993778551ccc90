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
    if constexpr (std::same_as<T, std::string>) {
      if (whole_) whole_->append(next);
    } else if constexpr (!std::same_as<T, chunk>) {
      if (whole_) *whole_ += next;
    }
    if constexpr (std::same_as<T, chunk> && !std::same_as<T, std::string>)
      whole_.emplace(std::move(next));
    else if (!whole_)
      whole_.emplace(std::move(next));
  }
  /// Gives the whole. Without any chunk the whole is empty; for a type without chunks of its own a
  /// `ResponseFormatError` is thrown.
  T take() {
    if constexpr (std::same_as<T, std::string>) {
      return whole_ ? std::move(*whole_) : std::string();
    } else if constexpr (!std::same_as<T, chunk>) {
      if (!whole_) whole_.emplace();
      return std::move(*whole_).whole();
    } else {
      if (!whole_) detail::throw_no_chunk();
      return std::move(*whole_);
    }
  }

 private:
  std::optional<chunk> whole_;
};

}  // namespace corochain
