// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include "corochain/concurrency/as_completed.hpp"
#include "corochain/runnables/detail/blocking_range.hpp"
#include "corochain/runnables/stream.hpp"

namespace corochain {

/// A `Stream` for a thread that waits: an input range of the stream's chunks.
template <class T>
class BlockingStream : public detail::blocking_range<Stream<T>, chunk_of_t<T>> {
 public:
  using detail::blocking_range<Stream<T>, chunk_of_t<T>>::blocking_range;
};

/// A `Completions` for a thread that waits: an input range of its results. The calls go on only while the
/// thread waits for a result.
template <class T>
class BlockingCompletions : public detail::blocking_range<Completions<T>, Completed<T>> {
 public:
  using detail::blocking_range<Completions<T>, Completed<T>>::blocking_range;
};

}  // namespace corochain
