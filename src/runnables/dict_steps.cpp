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

// The steps whose inputs and outputs are Dicts: RunnableParallel, assign and pick. Their types are all known,
// so they are compiled here once. `dict_branch`, in named_runnable.hpp, hides the type of a branch's step
// behind `Value`.
namespace corochain::detail {
namespace {

/// The branches of a parallel step. They are shared, because the producers of a stream may outlive the chain.
using parts_ptr = std::shared_ptr<const std::vector<NamedRunnable>>;

/// The fan-out of a whole answer: one child for each branch, in the budget of the run like any other. Every
/// child writes its own value, so that they need no order between them.
class parallel_work final : public scope_work {
 public:
  parallel_work(const std::vector<NamedRunnable>& parts, Dict input)
      : parts_(parts), input_(std::move(input)), values_(parts.size()) {}
  awaitable<void> next(std::size_t index, const call_context& context) override {
    // An invalid awaitable: there are no more children.
    if (index == values_.size()) return {};
    const NamedRunnable& part = parts_[index];
    // Every branch gets a copy of the input, as it may move from its own.
    return part.branch()->run(input_, context, values_[index], {"map:key:", 0, &part.name()});
  }
  /// In the order of the branches, whichever ended first.
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

/// Hands the chunks of one branch to the stream, each with the name of the branch. `give` returns when the
/// consumer has taken it, so a branch is never more than one chunk ahead, and a model behind it stops
/// reading.
awaitable<void> pass_on(const std::string& name, chunk_source<Value>& values, sender<DictChunk> out) {
  for (;;) {
    std::optional<Value> value;
    // Chunks that are there already need no coroutine.
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
  // A producer is a child of a fan-out, whose executor carries the child's context, with its permit.
  const boost::asio::any_io_executor here = co_await boost::asio::this_coro::executor;
  const chunk_source_ptr<Value> values =
      part.branch()->chunks(*input, context_on(here), {"map:key:", 0, &part.name()});
  // If this branch fails, its source is closed before the failure cancels the others.
  auto passed = pass_on(part.name(), *values, std::move(out));
  co_await close_after_failure(std::move(passed), *values);
}

/// The chunks of all branches in the order in which they come. The first `next()` starts the branches.
class parallel_source final : public chunk_source<DictChunk> {
 public:
  parallel_source(const parts_ptr& parts, Dict input, const call_context& context) : all_(context) {
    // One input for all frames, which may end at different times.
    const auto shared = std::make_shared<const Dict>(std::move(input));
    for (std::size_t i = 0; i < parts->size(); ++i) all_.add(hand_out(parts, i, shared, all_.out()));
  }
  awaitable<std::optional<DictChunk>> next() override { return all_.next(); }
  void stop() noexcept override { all_.stop(); }
  bool next_ends_by_stop() const noexcept override { return true; }
  awaitable<void> close() override { return all_.close(); }

 private:
  merge_channel<DictChunk> all_;
};

/// All branches at once on the same input. In a stream it makes chunks of its own, whatever its input is: the
/// input is added up first, because every branch needs the whole of it.
class parallel_step final : public step<Dict, Dict> {
 public:
  explicit parallel_step(ListArg<NamedRunnable> parts)
      : parts_(std::make_shared<const std::vector<NamedRunnable>>(std::move(parts).take())) {
    if (parts_->empty())
      throw ConfigError("a RunnableParallel without branches would give nothing; name some");
    // A second branch of a name would silently replace the value of the first.
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

  /// For `assign`, which has to know the names before there are values.
  const std::vector<NamedRunnable>& parts() const noexcept { return *parts_; }

 private:
  parts_ptr parts_;
};

/// Bare text fills the one variable of a prompt, whatever its name is. Here there is no prompt that names it.
void refuse_bare_text(const Dict& input) {
  if (input.bare_text())
    throw PromptError(
        "assign adds values to those of a Dict, but was given bare text, which has no name; give it one: "
        "{{\"question\", text}}");
}

/// Gives the chunks of the input as they come, then those of the added values. The input is added up
/// meanwhile, because the added runnables take the whole of it.
class assign_source final : public deferred_filter<DictChunk, DictChunk> {
 public:
  assign_source(const parallel_step& added, chunk_source_ptr<DictChunk> input, call_context context)
      : deferred_filter(std::move(input)), added_(added), context_(std::move(context)) {}

 private:
  /// It is called for each chunk until the input has ended: `deferred_source` calls it as long as there is no
  /// `inner_`.
  awaitable<std::optional<DictChunk>> begin() override {
    std::optional<DictChunk> chunk;
    // Until a chunk is left to hand out, or the input has ended.
    for (;;) {
      chunk = co_await input_->next();
      if (!chunk) break;
      if (chunk->dict()) refuse_bare_text(*chunk->dict());
      whole_.add(*chunk);
      // A value that will be replaced must not be seen before: consumers add up what they get. A chunk that
      // held nothing else is left out.
      for (const NamedRunnable& part : added_.parts()) chunk->erase(part.name());
      if (!chunk->empty()) co_return chunk;
    }
    // From here on `deferred_source` asks this source only.
    inner_ = added_.run_stream(whole_.take(), context_);
    chunk = co_await inner_->next();
    co_return chunk;
  }

  // A part of the step, which outlives its sources.
  const parallel_step& added_;
  call_context context_;
  chunk_accumulator<Dict> whole_;
};

/// The input Dict with the values of a parallel step, which is a part of this step and has a run of its own
/// in events, as in LangChain.
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
    // The parallel step gets a copy: the values of the input stay for the answer.
    std::optional<Dict> given;
    co_await added_->run(input, context, given);
    for (const auto& [name, value] : *given) input.set(name, value);
    answer.emplace(std::move(input));
  }
  /// As `transform`, so that a whole input also goes out at once, before the added values.
  chunk_source_ptr<DictChunk> stream(Dict input, call_context context) const override {
    return transform(std::make_unique<single_chunk>(std::move(input)), std::move(context));
  }
  chunk_source_ptr<DictChunk> transform(chunk_source_ptr<DictChunk> input,
                                        call_context context) const override {
    return std::make_unique<assign_source>(*added_, std::move(input), std::move(context));
  }

 private:
  /// An input that comes as a whole, as the only chunk of a stream. So `stream` needs no source of its own.
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

/// One value of a Dict, whose type is known in the call only. A missing one is a `PromptError` of `Dict::at`,
/// which names the values that are there.
class pick_one_step final : public immediate_step<Dict, Value> {
 public:
  explicit pick_one_step(std::string name) : name_(std::move(name)) {}
  const char* name() const noexcept override { return "RunnablePick"; }
  Value apply(Dict&& input) const override { return input.at(name_); }

 private:
  std::string name_;
};

/// A smaller Dict. A value that is not there is left out, as in LangChain. Chunks pass, because each one is
/// already a Dict of the values that it holds.
class pick_step final : public immediate_step<Dict, Dict> {
 public:
  /// Without names nothing would ever be kept, which nobody can mean.
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
  /// Leaves out the other values of each chunk, and chunks that hold nothing else.
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
    // Those of the step, which outlives its sources.
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
