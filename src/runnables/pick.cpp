// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <utility>

#include "corochain/core/error.hpp"
#include "corochain/runnables/detail/dict_steps.hpp"

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
  explicit pick_step(few<std::string> names) : names_(std::move(names).take()) {
    if (names_.empty()) throw ConfigError("pick was given no names; name the values to keep");
  }
  const char* name() const noexcept override { return "RunnablePick"; }
  piece_flow flow() const noexcept override { return piece_flow::passes; }
  Dict apply(Dict&& input) const override {
    Dict kept;
    for (const std::string& name : names_)
      if (const Value* value = input.find(name)) kept.set(name, *value);
    return kept;
  }
  source_ptr<DictChunk> transform(source_ptr<DictChunk> input, call_context) const override {
    return std::make_unique<kept_source>(names_, std::move(input));
  }

 private:
  class kept_source final : public source<DictChunk> {
   public:
    kept_source(const std::vector<std::string>& names, source_ptr<DictChunk> input)
        : names_(names), input_(std::move(input)) {}
    awaitable<std::optional<DictChunk>> next() override {
      std::optional<DictChunk> piece;
      for (;;) {
        piece = co_await input_->next();
        if (!piece || keep(*piece)) break;
      }
      co_return piece;
    }
    bool take_ready(std::optional<DictChunk>& slot) override {
      while (input_->take_ready(slot)) {
        if (keep(*slot)) return true;
        slot.reset();
      }
      return false;
    }
    void stop() noexcept override { input_->stop(); }
    awaitable<void> close() override { return input_->close(); }

   private:
    /// Whether anything is left.
    bool keep(DictChunk& piece) const {
      bool any = false;
      for (const std::string& key : piece.keys()) {
        bool wanted = false;
        for (const std::string& name : names_) wanted = wanted || name == key;
        if (!wanted) piece.erase(key);
        any = any || wanted;
      }
      return any;
    }
    const std::vector<std::string>& names_;
    source_ptr<DictChunk> input_;
  };

  std::vector<std::string> names_;
};

}  // namespace

dict_step pick_of(few<std::string> names) { return std::make_shared<const pick_step>(std::move(names)); }

std::shared_ptr<const step<Dict, Value>> pick_one(std::string name) {
  return std::make_shared<const pick_one_step>(std::move(name));
}

}  // namespace corochain::detail
