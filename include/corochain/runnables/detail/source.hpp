// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "corochain/core/awaitable.hpp"
#include "corochain/core/export.hpp"
#include "corochain/core/piece.hpp"

namespace corochain::detail {

/// What may have to be left before its end.
class COROCHAIN_EXPORT closable {
 public:
  virtual ~closable();
  /// Closes at once whatever is open; a `next()` under way ends as cancelled. Destroying does the same.
  virtual void stop() noexcept = 0;
  /// `stop`, and waits until all that goes on between two `next()` has ended. By default nothing does; what stands
  /// around other sources closes them.
  virtual awaitable<void> close();
};

/// Where a stream's pieces come from. Pulled: nothing is outstanding between two `next()`, but for the branches of what
/// runs side by side.
template <class P>
class source : public closable {
 public:
  /// The next piece, nothing at the end. Awaited inside a run, one at a time; nothing is asked after the end or an
  /// exception. After an exception something may still go on: who does not pass it on to the stream closes this.
  virtual awaitable<std::optional<P>> next() = 0;

  /// Takes the next chunk into the empty `slot` if it is there already: no wait, no coroutine. False when `next()` has
  /// to be awaited, which also gives the end and the errors of the stream. It runs between two `next()` on the
  /// consumer's executor, not on the run's: a source that works between two `next()` must not override it. After an
  /// exception the stream is over.
  virtual bool take_ready(std::optional<P>& slot) {
    (void)slot;
    return false;
  }

  /// Awaits the next piece into an empty slot. Not by assignment, which not every type has. A member, because g++ warns
  /// of the frame of a free coroutine over a type without linkage.
  awaitable<void> pull_into(std::optional<P>& slot) {
    std::optional<P> piece = co_await next();
    if (piece) slot.emplace(std::move(*piece));
  }
};

/// Closes `left`, waits for its end, and throws `failure`. To be awaited at once, with `throw_if_cancelled` off, for a
/// cancelled coroutine would throw where it awaits this; then `throws` is what that is set to again.
COROCHAIN_EXPORT awaitable<void> close_and_rethrow(std::exception_ptr failure, closable& left, bool throws);
template <class P>
using source_ptr = std::unique_ptr<source<P>>;

[[noreturn]] COROCHAIN_EXPORT void throw_no_piece();
[[noreturn]] COROCHAIN_EXPORT void throw_stream_left();

/// Puts the pieces of a `T` together.
template <class T>
class assembly {
 public:
  using piece = piece_of_t<T>;

  void add(piece next) {
    if constexpr (std::same_as<T, std::string>) {
      if (whole_) whole_->append(next);
    } else if constexpr (!std::same_as<T, piece>) {
      if (whole_) *whole_ += next;
    }
    if constexpr (std::same_as<T, piece> && !std::same_as<T, std::string>)
      whole_.emplace(std::move(next));  // what has no pieces comes as a whole: the last one counts
    else if (!whole_)
      whole_.emplace(std::move(next));
  }
  T take() {
    if constexpr (std::same_as<T, std::string>) {
      return whole_ ? std::move(*whole_) : std::string();
    } else if constexpr (!std::same_as<T, piece>) {
      if (!whole_) whole_.emplace();
      return std::move(*whole_).whole();
    } else {
      if (!whole_) throw_no_piece();
      return std::move(*whole_);
    }
  }

 private:
  std::optional<piece> whole_;
};

}  // namespace corochain::detail
