// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/detail/close_and_rethrow.hpp"

#include <boost/asio/this_coro.hpp>
#include <utility>

namespace corochain::detail {
namespace asio = boost::asio;

awaitable<void> close_and_rethrow(std::exception_ptr failure, closable& left, bool throws) {
  try {
    co_await left.close();
  } catch (...) {  // what came first counts
  }
  co_await asio::this_coro::throw_if_cancelled(throws);
  std::rethrow_exception(std::move(failure));
}

}  // namespace corochain::detail
