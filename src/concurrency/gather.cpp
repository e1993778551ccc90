// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/concurrency/gather.hpp"

namespace corochain {

awaitable<void> gather(std::vector<awaitable<void>>&& calls, ConcurrencyOptions options) {
  return detail::run_all(std::make_shared<detail::gather_work<void>>(std::move(calls)),
                         detail::scope_of(options, detail::on_child_end::cancel_on_failure));
}

}  // namespace corochain
