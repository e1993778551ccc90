// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

namespace corochain {

/// What a stream of `T` is made of: `T` itself, where nothing else is said. May be specialised for a type of your own
/// whose pieces are of another type.
template <class T>
struct piece_of {
  using type = T;
};
template <class T>
using piece_of_t = typename piece_of<T>::type;

/// The inverse: what pieces of type `P` are put together to. To be specialised along with `piece_of`.
template <class P>
struct whole_of_piece {
  using type = P;
};
template <class P>
using whole_of_piece_t = typename whole_of_piece<P>::type;

}  // namespace corochain
