// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "corochain/core/awaitable.hpp"
#include "corochain/core/export.hpp"

namespace corochain {

/// A source or a call that can be given up before its end.
class COROCHAIN_EXPORT closable {
 public:
  virtual ~closable();
  /// Closes at once whatever is open; a `next()` under way ends as cancelled, or is cancelled by the caller.
  /// Destroying the object does the same. A source with an input stops its input.
  virtual void stop() noexcept = 0;
  /// Whether `stop()` alone, without a cancel, ends a `next()` that begins now: the wait under way ends, and
  /// the `next()` begins no other. A source that waits for its input only passes on the input's answer. False
  /// is always right.
  ///
  /// If it is true, the consumer's coroutine awaits the `next()` itself, which then must not reset the
  /// cancellation state of its coroutine, nor take the context on its executor for its own: that is the
  /// consumer's. Otherwise a coroutine is spawned for
  /// it, which can be cancelled without its consumer. It is called between two `next()`, on the run's
  /// executor.
  virtual bool next_ends_by_stop() const noexcept { return false; }
  /// Stops the source, and waits until all work that goes on between two `next()` has ended. The default is
  /// for a source that has no such work; a source with an input closes its input.
  virtual awaitable<void> close();
};

/// The origin of one stream's chunks: `step::stream` and `step::transform` return it.
///
/// A source is pulled: it does nothing between two `next()`. One run uses it, on the run's executor, so it
/// needs no lock. The step that made it outlives it. See `chunk_filter` for a source that turns the chunks of
/// another one into its own.
template <class C>
class chunk_source : public closable {
 public:
  /// Gives the next chunk, and nothing at the end. Await one call at a time, and none after the end or an
  /// exception.
  ///
  /// Cancelling it cancels the operation that it waits for. After an exception work may still go on: a caller
  /// that swallows the exception awaits `close()`.
  virtual awaitable<std::optional<C>> next() = 0;

  /// Moves the next chunk into the empty `slot` if it is there already, without a wait and without a
  /// coroutine. False if `next()` has to be awaited, which also reports the end and the errors of the stream.
  ///
  /// It is called between two `next()` on the consumer's executor, not on the run's: a source that works
  /// between two `next()` must not override it. After an exception the stream is over.
  virtual bool take_ready(std::optional<C>& slot) {
    (void)slot;
    return false;
  }

  /// Awaits the next chunk into an empty slot. It does not assign, because not every type can be assigned. It
  /// is a member because g++ warns of the frame of a free coroutine over a type without linkage.
  awaitable<void> pull_into(std::optional<C>& slot) {
    std::optional<C> chunk = co_await next();
    if (chunk) slot.emplace(std::move(*chunk));
  }
};

template <class C>
using chunk_source_ptr = std::unique_ptr<chunk_source<C>>;

}  // namespace corochain
