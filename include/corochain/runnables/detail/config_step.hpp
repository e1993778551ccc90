// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "corochain/core/awaitable.hpp"
#include "corochain/core/export.hpp"
#include "corochain/runnables/batch_options.hpp"
#include "corochain/runnables/detail/transparent_step.hpp"
#include "corochain/runnables/run_config.hpp"
#include "corochain/runnables/step.hpp"

namespace corochain::detail {

/// A stream below a configuration with a time limit: each pull gets the time that remains.
template <class P>
class limited_source final : public chunk_source<P> {
 public:
  limited_source(configured below, chunk_source_ptr<P> inner)
      : below_(std::move(below)), inner_(std::move(inner)) {}
  awaitable<std::optional<P>> next() override {
    std::optional<P> next_chunk;
    co_await below_.watched(inner_->pull_into(next_chunk), *inner_);
    co_return next_chunk;
  }
  bool take_ready(std::optional<P>& slot) override {
    return !below_.time_is_over() && inner_->take_ready(slot);
  }
  void stop() noexcept override { inner_->stop(); }
  bool next_ends_by_stop() const noexcept override { return inner_->next_ends_by_stop(); }
  awaitable<void> close() override { return inner_->close(); }

 private:
  configured below_;
  chunk_source_ptr<P> inner_;
};

/// A step with a configuration that is bound to it by `with_config`, or given with a call or a batch. It is
/// no run of its own: the inner step takes the configured name. The time limit of a stream counts from its
/// first pull, because the sources are made then.
template <class In, class Out>
class COROCHAIN_EXPORT config_step final : public transparent_step<In, Out> {
 public:
  config_step(step_ptr<In, Out> inner, RunConfig config, config_role role = config_role::bound)
      : inner_(std::move(inner)), config_(std::move(config)), role_(role) {
    if (role_ == config_role::bound) this->bind_config(config_);
  }
  RunType run_type() const noexcept override { return inner_->run_type(); }
  const char* name() const noexcept override { return "RunnableBinding"; }
  streaming_mode streaming() const override { return inner_->streaming(); }
  step_shape shape() const override {
    return {step_layout::transparent, {{inner_.get(), config_.run_name()}}};
  }
  std::shared_ptr<const step_base> with_parts(const part_replacement& replace) const override {
    return std::make_shared<const config_step>(
        std::static_pointer_cast<const step<In, Out>>(replace(*inner_)), config_, role_);
  }
  awaitable<void> run_inner(In input, const call_context& context, std::optional<Out>& answer,
                            step_place place) const override {
    const configured below(context, config_, role_);
    co_await below.watched(inner_->run(std::move(input), below.context(), answer, place));
  }
  chunk_source_of<Out> stream_inner(In input, call_context context, step_place place) const override {
    configured below(context, config_, role_);
    chunk_source_of<Out> chunks = inner_->run_stream(std::move(input), below.context(), place);
    return limited(std::move(below), std::move(chunks));
  }
  chunk_source_of<Out> transform_inner(chunk_source_of<In> input, call_context context,
                                       step_place place) const override {
    configured below(context, config_, role_);
    chunk_source_of<Out> chunks = inner_->run_transform(std::move(input), below.context(), place);
    return limited(std::move(below), std::move(chunks));
  }

 private:
  static chunk_source_of<Out> limited(configured below, chunk_source_of<Out> chunks) {
    if (!below.has_deadline()) return chunks;
    return std::make_unique<limited_source<chunk_of_t<Out>>>(std::move(below), std::move(chunks));
  }

  step_ptr<In, Out> inner_;
  RunConfig config_;
  config_role role_;
};

/// Puts `target` below a configuration given with the call.
template <class In, class Out>
step_ptr<In, Out> step_below(step_ptr<In, Out> target, RunConfig config) {
  if (config.empty()) return target;
  return std::make_shared<const config_step<In, Out>>(std::move(target), std::move(config),
                                                      config_role::given);
}

/// The step that a batch with a configuration calls for each item. The configuration's time limit and
/// concurrency become the batch's, and so does the concurrency that is bound to the target.
template <class In, class Out>
step_ptr<In, Out> batch_target(const step_ptr<In, Out>& target, RunConfig config, BatchOptions& options) {
  tighten(options, *target, config);
  return step_below(target, std::move(config));
}

}  // namespace corochain::detail
