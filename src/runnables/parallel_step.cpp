// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "runnables/parallel_step.hpp"

#include <utility>

#include "corochain/core/error.hpp"
#include "corochain/runnables/detail/close_after_failure.hpp"

namespace corochain::detail {
namespace {

class parallel_work final : public scope_work {
 public:
  parallel_work(const parallel_step& step, Dict input)
      : step_(step), input_(std::move(input)), values_(step.parts().size()) {}
  awaitable<void> next(std::size_t index, const call_context& context) override {
    if (index == values_.size()) return {};
    const NamedRunnable& part = step_.parts()[index];
    return part.branch()->run(input_, context, values_[index], {"map:key:", 0, &part.name()});
  }
  void failed(std::size_t, std::exception_ptr) override {}
  Dict take() {
    Dict all;
    for (std::size_t i = 0; i < values_.size(); ++i) all.set(step_.parts()[i].name(), std::move(values_[i]));
    return all;
  }

 private:
  const parallel_step& step_;
  Dict input_;
  std::vector<Value> values_;
};

awaitable<void> pass_on(const std::string& name, chunk_source<Value>& values, sender<DictChunk> out) {
  for (;;) {
    std::optional<Value> value;
    if (!values.take_ready(value)) value = co_await values.next();
    if (!value) break;
    DictChunk chunk(name, std::move(*value));
    co_await out.give(std::move(chunk));
  }
}

/// Streams one branch. The frame may outlive the stream, so it owns everything that it uses: `owner` keeps
/// `part`, and the chunks, which refer to the branch, are destroyed before the arguments.
awaitable<void> hand_out(std::shared_ptr<const parallel_step> owner, const NamedRunnable& part,
                         std::shared_ptr<const Dict> input, sender<DictChunk> out) {
  const boost::asio::any_io_executor here = co_await boost::asio::this_coro::executor;
  const chunk_source_ptr<Value> values =
      part.branch()->chunks(*input, context_on(here), {"map:key:", 0, &part.name()});
  auto passed = pass_on(part.name(), *values, std::move(out));
  co_await close_after_failure(std::move(passed), *values);
}

class parallel_source final : public chunk_source<DictChunk> {
 public:
  parallel_source(std::shared_ptr<const parallel_step> step, Dict input, const call_context& context)
      : all_(context) {
    const auto shared = std::make_shared<const Dict>(std::move(input));
    for (const NamedRunnable& part : step->parts()) all_.add(hand_out(step, part, shared, all_.out()));
  }
  awaitable<std::optional<DictChunk>> next() override { return all_.next(); }
  void stop() noexcept override { all_.stop(); }
  awaitable<void> close() override { return all_.close(); }

 private:
  merge_channel<DictChunk> all_;
};

}  // namespace

parallel_step::parallel_step(ListArg<NamedRunnable> parts) : parts_(std::move(parts).take()) {
  if (parts_.empty()) throw ConfigError("a RunnableParallel without branches would give nothing; name some");
  for (std::size_t i = 0; i < parts_.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (parts_[i].name() == parts_[j].name())
        throw ConfigError("a RunnableParallel has two branches named '" + parts_[i].name() +
                          "'; give each a name of its own");
}

step_shape parallel_step::shape() const {
  step_shape shape{step_layout::side_by_side};
  for (const NamedRunnable& part : parts_) shape.parts.push_back({&part.branch()->target(), part.name()});
  return shape;
}

awaitable<void> parallel_step::call(Dict input, const call_context& context,
                                    std::optional<Dict>& answer) const {
  auto all = std::make_shared<parallel_work>(*this, std::move(input));
  co_await run_all(context, all, scope_options());
  answer.emplace(all->take());
}

chunk_source_ptr<DictChunk> parallel_step::stream(Dict input, call_context context) const {
  return std::make_unique<parallel_source>(shared_from_this(), std::move(input), context);
}

}  // namespace corochain::detail
