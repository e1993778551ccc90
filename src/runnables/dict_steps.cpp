// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/detail/dict_steps.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "corochain/core/dict_chunk.hpp"
#include "corochain/core/error.hpp"
#include "corochain/runnables/chunk_accumulator.hpp"
#include "corochain/runnables/chunk_filter.hpp"
#include "corochain/runnables/detail/deferred_source.hpp"
#include "corochain/runnables/detail/immediate_step.hpp"
#include "runnables/parallel_step.hpp"

namespace corochain::detail {
namespace {

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

std::shared_ptr<const step<Dict, Dict>> assign_of(ListArg<NamedRunnable> parts) {
  return std::make_shared<const assign_step>(std::move(parts));
}

std::shared_ptr<const step<Dict, Dict>> pick_of(ListArg<std::string> names) {
  return std::make_shared<const pick_step>(std::move(names));
}

std::shared_ptr<const step<Dict, Value>> pick_one(std::string name) {
  return std::make_shared<const pick_one_step>(std::move(name));
}

}  // namespace corochain::detail
