// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/execution_context.hpp>
#include <list>
#include <memory>
#include <mutex>

namespace corochain::detail {

/// Holds a completion handler that no queue of Asio's holds, and so must let go of it when its execution context is
/// destroyed: the handler owns the frames that own the holder.
class context_guest {
 public:
  virtual void context_ended() noexcept = 0;

 protected:
  ~context_guest() = default;
};

/// The guests of one execution context. Safe from any thread; outlives the context.
class guest_book {
 public:
  using entry = std::list<std::weak_ptr<context_guest>>::iterator;

  static std::shared_ptr<guest_book> of(boost::asio::execution_context& context);

  entry add(std::weak_ptr<context_guest> guest);
  void remove(entry which) noexcept;

 private:
  class service;
  void close() noexcept;

  std::mutex mutex_;
  std::list<std::weak_ptr<context_guest>> guests_;
};

}  // namespace corochain::detail
