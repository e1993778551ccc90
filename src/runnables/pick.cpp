// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/detail/pick.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "corochain/core/dict_chunk.hpp"
#include "corochain/core/error.hpp"
#include "corochain/runnables/chunk_filter.hpp"
#include "corochain/runnables/detail/immediate_step.hpp"

namespace corochain::detail {
namespace {

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

std::shared_ptr<const step<Dict, Dict>> pick_of(ListArg<std::string> names) {
  return std::make_shared<const pick_step>(std::move(names));
}

std::shared_ptr<const step<Dict, Value>> pick_one(std::string name) {
  return std::make_shared<const pick_one_step>(std::move(name));
}

}  // namespace corochain::detail
