// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "corochain/core/dict.hpp"
#include "corochain/core/export.hpp"
#include "corochain/runnables/detail/named_runnable.hpp"

namespace corochain {

/// A name and the runnable that makes its value, as in `RunnableParallel({{"joke", joke_chain}, {"poem",
/// poem_chain}})`. In place of the runnable there may be a function or a coroutine. It takes a Dict and gives
/// a value that a `Value` can hold.
///
/// A list of many is built as a vector and passed by name. Copies share the runnable.
class COROCHAIN_EXPORT NamedRunnable {
 public:
  template <detail::text_like S, class Given>
  NamedRunnable(const S& name, Given given)
      : name_(std::string_view(name)), branch_(detail::as_dict_branch(std::move(given))) {}

  const std::string& name() const noexcept { return name_; }
  /// For functions that build on the library.
  const std::shared_ptr<const detail::dict_branch>& branch() const noexcept { return branch_; }

 private:
  std::string name_;
  std::shared_ptr<const detail::dict_branch> branch_;
};

}  // namespace corochain
