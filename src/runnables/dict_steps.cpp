// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/detail/dict_steps.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "corochain/concurrency/detail/merge_channel.hpp"
#include "corochain/core/dict_chunk.hpp"
#include "corochain/core/error.hpp"
#include "corochain/runnables/chunk_accumulator.hpp"
#include "corochain/runnables/chunk_filter.hpp"
#include "corochain/runnables/detail/close_after_failure.hpp"
#include "corochain/runnables/detail/deferred_source.hpp"
#include "corochain/runnables/detail/immediate_step.hpp"

namespace corochain::detail {
namespace {

using parts_ptr = std::shared_ptr<const std::vector<NamedRunnable>>;

class parallel_work final : public scope_work {
 public:
  parallel_work(const std::vector<NamedRunnable>& parts, Dict input)
      : parts_(parts), input_(std::move(input)), values_(parts.size()) {}
  awaitable<void> next(std::size_t index, const call_context& context) override {
    if (index == values_.size()) return {};
    const NamedRunnable& part = parts_[index];
    return part.branch()->run(input_, context, values_[index], {"map:key:", 0, &part.name()});
  }
  void failed(std::size_t, std::exception_ptr) override {}
  Dict take() {
    Dict all;
    for (std::size_t i = 0; i < values_.size(); ++i) all.set(parts_[i].name(), std::move(values_[i]));
    return all;
  }

 private:
  const std::vector<NamedRunnable>& parts_;
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

/// Streams one branch. The frame may outlive the stream, so it owns everything that it uses. The chunks,
/// which refer to the branch, are destroyed before the arguments.
awaitable<void> hand_out(parts_ptr parts, std::size_t index, std::shared_ptr<const Dict> input,
                         sender<DictChunk> out) {
  const NamedRunnable& part = (*parts)[index];
  const boost::asio::any_io_executor here = co_await boost::asio::this_coro::executor;
  const chunk_source_ptr<Value> values =
      part.branch()->chunks(*input, context_on(here), {"map:key:", 0, &part.name()});
  auto passed = pass_on(part.name(), *values, std::move(out));
  co_await close_after_failure(std::move(passed), *values);
}

class parallel_source final : public chunk_source<DictChunk> {
 public:
  parallel_source(const parts_ptr& parts, Dict input, const call_context& context) : all_(context) {
    const auto shared = std::make_shared<const Dict>(std::move(input));
    for (std::size_t i = 0; i < parts->size(); ++i) all_.add(hand_out(parts, i, shared, all_.out()));
  }
  awaitable<std::optional<DictChunk>> next() override { return all_.next(); }
  void stop() noexcept override { all_.stop(); }
  awaitable<void> close() override { return all_.close(); }

 private:
  merge_channel<DictChunk> all_;
};

class parallel_step final : public step<Dict, Dict> {
 public:
  explicit parallel_step(ListArg<NamedRunnable> parts)
      : parts_(std::make_shared<const std::vector<NamedRunnable>>(std::move(parts).take())) {
    if (parts_->empty())
      throw ConfigError("a RunnableParallel without branches would give nothing; name some");
    for (std::size_t i = 0; i < parts_->size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        if ((*parts_)[i].name() == (*parts_)[j].name())
          throw ConfigError("a RunnableParallel has two branches named '" + (*parts_)[i].name() +
                            "'; give each a name of its own");
  }
  const char* name() const noexcept override { return "RunnableParallel"; }
  streaming_mode streaming() const noexcept override { return streaming_mode::makes; }
  step_shape shape() const override {
    step_shape shape{step_layout::side_by_side};
    for (const NamedRunnable& part : *parts_) shape.parts.push_back({&part.branch()->target(), part.name()});
    return shape;
  }
  awaitable<void> call(Dict input, const call_context& context, std::optional<Dict>& answer) const override {
    auto all = std::make_shared<parallel_work>(*parts_, std::move(input));
    co_await run_all(context, all, scope_options());
    answer.emplace(all->take());
  }
  chunk_source_ptr<DictChunk> stream(Dict input, call_context context) const override {
    return std::make_unique<parallel_source>(parts_, std::move(input), context);
  }

  const std::vector<NamedRunnable>& parts() const noexcept { return *parts_; }

 private:
  parts_ptr parts_;
};

void refuse_bare_text(const Dict& input) {
  if (input.bare_text())
    throw PromptError(
        "assign adds values to those of a Dict, but was given bare text, which has no name; give it one: "
        "{{\"question\", text}}");
}

/// Gives the chunks of the input as they come, then those of the added values.
class assign_source final : public deferred_filter<DictChunk, DictChunk> {
 public:
  assign_source(const parallel_step& added, chunk_source_ptr<DictChunk> input, call_context context)
      : deferred_filter(std::move(input)), added_(added), context_(std::move(context)) {}

 private:
  /// It is called for each chunk until the input has ended.
  awaitable<std::optional<DictChunk>> begin() override {
    std::optional<DictChunk> chunk;
    for (;;) {
      chunk = co_await input_->next();
      if (!chunk) break;
      if (chunk->dict()) refuse_bare_text(*chunk->dict());
      whole_.add(*chunk);
      for (const NamedRunnable& part : added_.parts()) chunk->erase(part.name());
      if (!chunk->empty()) co_return chunk;
    }
    inner_ = added_.run_stream(whole_.take(), context_);
    chunk = co_await inner_->next();
    co_return chunk;
  }

  const parallel_step& added_;
  call_context context_;
  chunk_accumulator<Dict> whole_;
};

class assign_step final : public step<Dict, Dict> {
 public:
  explicit assign_step(ListArg<NamedRunnable> added)
      : added_(std::make_shared<const parallel_step>(std::move(added))) {}
  const char* name() const noexcept override { return "RunnableAssign"; }
  /// The step passes chunks on, but it also makes chunks of its own, whatever its input is.
  streaming_mode streaming() const noexcept override { return streaming_mode::makes; }
  step_shape shape() const override { return {step_layout::around, {{added_.get(), ""}}}; }
  awaitable<void> call(Dict input, const call_context& context, std::optional<Dict>& answer) const override {
    refuse_bare_text(input);
    std::optional<Dict> given;
    co_await added_->run(input, context, given);
    for (const auto& [name, value] : *given) input.set(name, value);
    answer.emplace(std::move(input));
  }
  chunk_source_ptr<DictChunk> stream(Dict input, call_context context) const override {
    return transform(std::make_unique<single_chunk>(std::move(input)), std::move(context));
  }
  chunk_source_ptr<DictChunk> transform(chunk_source_ptr<DictChunk> input,
                                        call_context context) const override {
    return std::make_unique<assign_source>(*added_, std::move(input), std::move(context));
  }

 private:
  class single_chunk final : public chunk_source<DictChunk> {
   public:
    explicit single_chunk(Dict whole) : chunk_(std::move(whole)) {}
    awaitable<std::optional<DictChunk>> next() override { co_return std::exchange(chunk_, std::nullopt); }
    void stop() noexcept override {}

   private:
    std::optional<DictChunk> chunk_;
  };

  std::shared_ptr<const parallel_step> added_;
};

class pick_one_step final : public immediate_step<Dict, Value> {
 public:
  explicit pick_one_step(std::string name) : name_(std::move(name)) {}
  const char* name() const noexcept override { return "RunnablePick"; }
  Value apply(Dict&& input) const override { return input.at(name_); }

 private:
  std::string name_;
};

class pick_step final : public immediate_step<Dict, Dict> {
 public:
  explicit pick_step(ListArg<std::string> names) : names_(std::move(names).take()) {
    if (names_.empty()) throw ConfigError("pick was given no names; name the values to keep");
  }
  const char* name() const noexcept override { return "RunnablePick"; }
  streaming_mode streaming() const noexcept override { return streaming_mode::passes; }
  Dict apply(Dict&& input) const override {
    Dict kept;
    for (const std::string& name : names_)
      if (const Value* value = input.find(name)) kept.set(name, *value);
    return kept;
  }
  chunk_source_ptr<DictChunk> transform(chunk_source_ptr<DictChunk> input, call_context) const override {
    return std::make_unique<kept_source>(names_, std::move(input));
  }

 private:
  class kept_source final : public chunk_filter<DictChunk> {
   public:
    kept_source(const std::vector<std::string>& names, chunk_source_ptr<DictChunk> input)
        : chunk_filter(std::move(input)), names_(names) {}

   private:
    std::optional<DictChunk> on_chunk(DictChunk chunk) override {
      bool any = false;
      for (const std::string& key : chunk.keys()) {
        const bool wanted = std::find(names_.begin(), names_.end(), key) != names_.end();
        if (!wanted) chunk.erase(key);
        any = any || wanted;
      }
      std::optional<DictChunk> kept;
      if (any) kept.emplace(std::move(chunk));
      return kept;
    }
    const std::vector<std::string>& names_;
  };

  std::vector<std::string> names_;
};

}  // namespace

step_ptr<Dict, Dict> parallel_of(ListArg<NamedRunnable> branches) {
  return std::make_shared<const parallel_step>(std::move(branches));
}

step_ptr<Dict, Dict> assign_of(ListArg<NamedRunnable> parts) {
  return std::make_shared<const assign_step>(std::move(parts));
}

step_ptr<Dict, Dict> pick_of(ListArg<std::string> names) {
  return std::make_shared<const pick_step>(std::move(names));
}

step_ptr<Dict, Value> pick_one(std::string name) {
  return std::make_shared<const pick_one_step>(std::move(name));
}

}  // namespace corochain::detail
