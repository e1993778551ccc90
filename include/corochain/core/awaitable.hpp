// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/awaitable.hpp>

namespace corochain {

/// What every asynchronous function of corochain returns: Asio's own coroutine type, so that a program with
/// an `io_context` of its own just writes `co_spawn(ioc, chain.ainvoke(...), token)`.
template <class T>
using awaitable = boost::asio::awaitable<T>;

}  // namespace corochain
