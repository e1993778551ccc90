// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "corochain/concurrency/detail/merge_channel.hpp"
#include "corochain/core/dict.hpp"
#include "corochain/core/list_arg.hpp"
#include "corochain/runnables/named_runnable.hpp"
#include "corochain/runnables/step.hpp"

namespace corochain::detail {

/// It must be owned by a shared pointer.
class parallel_step final : public step<Dict, Dict>, public std::enable_shared_from_this<parallel_step> {
 public:
  /// Throws a `ConfigError` if there are no parts, or if two have one name.
  explicit parallel_step(ListArg<NamedRunnable> parts);
  const char* name() const noexcept override { return "RunnableParallel"; }
  streaming_mode streaming() const noexcept override { return streaming_mode::makes; }
  step_shape shape() const override;
  awaitable<void> call(Dict input, const call_context& context, std::optional<Dict>& answer) const override;
  chunk_source_ptr<DictChunk> stream(Dict input, call_context context) const override;

  const std::vector<NamedRunnable>& parts() const noexcept { return parts_; }

 private:
  std::vector<NamedRunnable> parts_;
};

}  // namespace corochain::detail
