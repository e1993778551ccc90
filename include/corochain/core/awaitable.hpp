// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/awaitable.hpp>

#include "corochain/core/detail/asio_switches.hpp"

namespace corochain {

/// Asio's own coroutine type, which every asynchronous function of corochain returns. A program that has an
/// `io_context` writes `co_spawn(ioc, chain.ainvoke(...), token)`.
///
/// `T` needs a move constructor and nothing else. Asio's `co_spawn` needs more: it gives its handler a
/// default `T` beside an exception. If `T` has no default constructor, await it in a coroutine of your own
/// and spawn that.
template <class T>
using awaitable = boost::asio::awaitable<T>;

}  // namespace corochain
