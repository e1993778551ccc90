// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <concepts>
#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "corochain/core/awaitable.hpp"
#include "corochain/core/dict.hpp"

// Substitutes for parts of <ranges>, which takes as long to compile as all templates of corochain. <iterator>
// has std::ranges::begin and its like; <string_view>, which is a view, declares std::ranges::enable_view.
namespace corochain::detail {

template <class R>
using iterator_of = decltype(std::ranges::begin(std::declval<R&>()));

template <class R>
concept input_range = requires(R& range) {
  { std::ranges::begin(range) } -> std::input_iterator;
  { std::ranges::end(range) } -> std::sentinel_for<iterator_of<R>>;
};

/// A range whose elements convert to an `In`.
template <class R, class In>
concept range_of = input_range<R> && std::constructible_from<In, std::iter_reference_t<iterator_of<R>>>;

/// A range that knows its size: the distance to its end.
template <class R>
concept sized_range = input_range<R> && requires(R& range) { std::ranges::size(range); };

/// A name and a value that are not in the braces of a Dict.
template <class D>
struct lone_pair {
  lone_pair() = default;
  template <text_like S, class V>
  lone_pair(const S&, const V&) {}
};

/// The source of a batch's inputs.
template <class In>
class input_source {
 public:
  virtual ~input_source() = default;
  /// Whether the next input has to be awaited.
  virtual bool waits() const noexcept { return false; }
  /// The next input; nothing at the end and from then on. Only called if the input need not be awaited.
  virtual std::optional<In> draw() { return std::nullopt; }
  /// Awaits the next input into the empty slot, which stays empty at the end. Only called if inputs have to
  /// be awaited.
  virtual awaitable<void> draw_into(std::optional<In>&) { return {}; }
  /// The number of all inputs, if it is known in advance.
  virtual std::optional<std::size_t> size() { return std::nullopt; }
};

template <class In>
using input_source_ptr = std::unique_ptr<input_source<In>>;

/// Draws the elements of a range. A container that was given away is moved from; a view's elements are
/// copied.
template <class In, class R>
class range_source final : public input_source<In> {
 public:
  explicit range_source(R range) : range_(std::move(range)) {}
  std::optional<In> draw() override {
    std::optional<In> input;
    if (!at_)
      at_.emplace(std::ranges::begin(range_));
    else if (!at_end_)
      ++*at_;
    at_end_ = at_end_ || *at_ == std::ranges::end(range_);
    if (at_end_) return input;
    if constexpr (std::ranges::enable_view<R>)
      input.emplace(**at_);
    else
      input.emplace(std::ranges::iter_move(*at_));
    return input;
  }
  std::optional<std::size_t> size() override {
    std::optional<std::size_t> known;
    if constexpr (sized_range<R>) known = static_cast<std::size_t>(std::ranges::size(range_));
    return known;
  }

 private:
  R range_;
  std::optional<iterator_of<R>> at_;
  bool at_end_ = false;
};

/// The `T` of a generator whose `next()` gives an `awaitable<std::optional<T>>`.
template <class G>
using generated_by = typename decltype(std::declval<G&>().next())::value_type::value_type;

/// An object whose `next()` is awaited for values that convert to an `In`, until there is none.
template <class G, class In>
concept async_generator_of = requires(G& generator) {
  { generator.next() } -> std::same_as<awaitable<std::optional<generated_by<G>>>>;
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
