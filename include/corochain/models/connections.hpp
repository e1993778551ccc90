// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/execution_context.hpp>

#include "corochain/core/export.hpp"

namespace corochain {

/// Closes the idle connections that models keep for this execution context (an `io_context`, a `thread_pool`).
/// Connections in use are not touched. Safe from any thread.
COROCHAIN_EXPORT void close_idle(boost::asio::execution_context& context);

}  // namespace corochain
