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

}  // namespace corochain
