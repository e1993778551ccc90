// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/concurrency/first_of.hpp"

#include "corochain/core/error.hpp"

namespace corochain::detail {

awaitable<void> run_first_of(std::shared_ptr<scope_work> work, bool nobody) {
  if (nobody) throw ConfigError("first_of without calls has no first one; give it one call or more");
  scope_options options;
  options.on_end = on_child_end::cancel_on_end;
  return run_all(std::move(work), options);
}

}  // namespace corochain::detail
