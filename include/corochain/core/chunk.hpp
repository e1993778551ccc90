// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

namespace corochain {

/// The type of the chunks that a stream of `T` is made of: `T` itself unless it says otherwise, and then the
/// stream is one chunk. Specialise it for a type of your own whose chunks are of another type.
template <class T>
struct chunk_of {
  using type = T;
};
template <class T>
using chunk_of_t = typename chunk_of<T>::type;

/// The inverse: the type that chunks of type `C` add up to. Specialise it along with `chunk_of`.
template <class C>
struct whole_of_chunk {
  using type = C;
};
template <class C>
using whole_of_chunk_t = typename whole_of_chunk<C>::type;

}  // namespace corochain
