// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "corochain/core/awaitable.hpp"
#include "corochain/core/list_arg.hpp"
#include "corochain/runnables/detail/input_range.hpp"

namespace corochain::detail {

/// The source of a batch's inputs.
template <class In>
class input_source {
 public:
  virtual ~input_source() = default;
  /// Whether the next input has to be awaited.
  virtual bool waits() const noexcept { return false; }
  /// The next input; nothing at the end and from then on. Only called if the input need not be awaited.
  virtual std::optional<In> draw() { return std::nullopt; }
  virtual awaitable<void> draw_into(std::optional<In>&) { return {}; }
  /// The number of all inputs, if it is known in advance.
  virtual std::optional<std::size_t> size() { return std::nullopt; }
};

template <class In, class R>
class range_source final : public input_source<In> {
 public:
  explicit range_source(R range) : cursor_(std::move(range)) {}
  std::optional<In> draw() override { return cursor_.template draw<In>(); }
  std::optional<std::size_t> size() override { return cursor_.size(); }

 private:
  input_cursor<R> cursor_;
};

template <class In>
class list_arg_source final : public input_source<In> {
 public:
  explicit list_arg_source(ListArg<In> all) : all_(std::move(all).take()) {}
  std::optional<In> draw() override {
    std::optional<In> next;
    if (at_ < all_.size()) next.emplace(std::move(all_[at_++]));
    return next;
  }
  std::optional<std::size_t> size() override { return all_.size(); }

 private:
  std::vector<In> all_;
  std::size_t at_ = 0;
};

template <class T>
struct optional_in {};
template <class T>
struct optional_in<awaitable<std::optional<T>>> {
  using type = T;
};
template <class G>
using generated_by = typename optional_in<decltype(std::declval<G&>().next())>::type;

/// An object whose `next()` is awaited for values that convert to an `In`, until there is none.
template <class G, class In>
concept async_generator_of = requires {
  typename generated_by<G>;
  requires std::constructible_from<In, generated_by<G>>;
};

template <class In, class G>
class generator_source final : public input_source<In> {
 public:
  explicit generator_source(G generator) : generator_(std::move(generator)) {}
  bool waits() const noexcept override { return true; }
  awaitable<void> draw_into(std::optional<In>& slot) override {
    std::optional<generated_by<G>> drawn = co_await generator_.next();
    if (drawn) slot.emplace(std::move(*drawn));
  }

 private:
  G generator_;
};

}  // namespace corochain::detail
