// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/awaitable.hpp>

#include "corochain/core/detail/asio_switches.hpp"

namespace corochain {

/// What every asynchronous function of corochain returns: Asio's own coroutine type, so that a program with
/// an `io_context` of its own just writes `co_spawn(ioc, chain.ainvoke(...), token)`.
///
/// `T` needs a move constructor and nothing else. But `co_spawn`, which is Asio's, gives its handler a default `T`
/// beside an exception: a `T` without a default constructor is awaited in a coroutine of the program's own, and that
/// is spawned.
template <class T>
using awaitable = boost::asio::awaitable<T>;

}  // namespace corochain
