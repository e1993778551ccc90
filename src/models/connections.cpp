// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/models/connections.hpp"

#include "transport/connection_pool.hpp"

namespace corochain {

void close_idle(boost::asio::execution_context& context) {
  if (boost::asio::has_service<transport::connection_pool>(context))
    boost::asio::use_service<transport::connection_pool>(context).close_idle();
}

}  // namespace corochain
