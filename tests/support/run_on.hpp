// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <corochain/core/awaitable.hpp>
#include <exception>
#include <optional>
#include <utility>

namespace corochain::test {

/// Runs a call to its end on a loop, and returns its value. The loop keeps its connections for the next call.
template <class T>
T run_on(boost::asio::io_context& loop, awaitable<T> call) {
  std::exception_ptr error;
  std::optional<T> value;
  boost::asio::co_spawn(loop, std::move(call), [&](std::exception_ptr failure, T result) {
    error = failure;
    value.emplace(std::move(result));
  });
  loop.restart();
  loop.run();
  if (error) std::rethrow_exception(error);
  return std::move(*value);
}

}  // namespace corochain::test
