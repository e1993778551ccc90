// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "corochain/core/awaitable.hpp"
#include "corochain/core/export.hpp"
#include "corochain/runnables/batch_options.hpp"
#include "corochain/runnables/detail/step.hpp"
#include "corochain/runnables/run_config.hpp"

namespace corochain::detail {

/// A step with a configuration bound to it, or given with the call of a batch.
template <class In, class Out>
class COROCHAIN_EXPORT config_step final : public step<In, Out> {
 public:
  config_step(std::shared_ptr<const step<In, Out>> inner, RunConfig config,
              config_role role = config_role::bound)
      : inner_(std::move(inner)), config_(std::move(config)), role_(role) {}
  RunType run_type() const noexcept override { return inner_->run_type(); }
  const char* name() const noexcept override { return "RunnableBinding"; }
  piece_flow flow() const noexcept override { return inner_->flow(); }
  bool silent() const noexcept override { return true; }
  const RunConfig* bound_config() const noexcept override {
    return role_ == config_role::bound ? &config_ : nullptr;
  }
  step_shape shape() const override { return {step_layout::around, {{inner_.get(), config_.run_name()}}}; }
  std::shared_ptr<const step_base> with_call_options(const ChatCallOptions& options) const override {
    return std::make_shared<const config_step>(
        std::static_pointer_cast<const step<In, Out>>(inner_->with_call_options(options)), config_, role_);
  }
  awaitable<void> call(In input, std::optional<Out>& answer) const override {
    return under_config(config_, role_, inner_->run(std::move(input), answer));
  }
  source_ptr<piece_of_t<Out>> stream(In input) const override {
    return std::make_unique<config_source<piece_of_t<Out>>>(config_, role_,
                                                            inner_->run_stream(std::move(input)));
  }
  source_ptr<piece_of_t<Out>> transform(source_ptr<piece_of_t<In>> input) const override {
    auto from = std::make_shared<outside>();
    auto pulled = std::make_unique<outside_source<piece_of_t<In>>>(from, std::move(input));
    return std::make_unique<config_source<piece_of_t<Out>>>(
        config_, role_, inner_->run_transform(std::move(pulled)), std::move(from));
  }

 private:
  std::shared_ptr<const step<In, Out>> inner_;
  RunConfig config_;
  config_role role_;
};

/// A stream of `of` below a configuration given with the call.
template <class In, class Out>
source_ptr<piece_of_t<Out>> stream_below(const step<In, Out>& of, In input, RunConfig config) {
  auto inner = of.run_stream(std::move(input));
  if (config.empty()) return inner;
  return std::make_unique<config_source<piece_of_t<Out>>>(std::move(config), config_role::counted,
                                                          std::move(inner));
}

/// What a batch with a configuration calls for each item; its time and concurrency become those of the batch, and so does
/// the concurrency that is bound to the target.
template <class In, class Out>
std::shared_ptr<const step<In, Out>> batch_target(const std::shared_ptr<const step<In, Out>>& target,
                                                  RunConfig config, BatchOptions& options) {
  tighten_by_bound(options, *target);
  if (config.empty()) return target;
  tighten(options, config);
  return std::make_shared<const config_step<In, Out>>(target, std::move(config), config_role::counted);
}

}  // namespace corochain::detail
