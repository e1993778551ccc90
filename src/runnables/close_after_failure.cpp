// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/detail/close_after_failure.hpp"

#include <boost/asio/this_coro.hpp>
#include <utility>

// The end of a stream that failed, for those who swallow or replace the failure: a source may still work
// then, and children end before their parents do.
namespace corochain::detail {
namespace asio = boost::asio;

awaitable<void> close_after_failure(awaitable<void> body, closable& left) {
  std::exception_ptr failure;
  try {
    co_await std::move(body);
  } catch (...) {
    failure = std::current_exception();
  }
  if (!failure) co_return;
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  co_await close_and_rethrow(std::move(failure), left, throws);
}

awaitable<void> close_and_rethrow(std::exception_ptr failure, closable& left, bool throws) {
  try {
    co_await left.close();
  } catch (...) {  // the first failure counts
  }
  co_await asio::this_coro::throw_if_cancelled(throws);
  std::rethrow_exception(std::move(failure));
}

}  // namespace corochain::detail
