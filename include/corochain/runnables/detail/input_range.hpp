// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <concepts>
#include <cstddef>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

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

/// Draws inputs one by one. A container that was given away is moved from; a view's elements are copied.
template <class R>
class input_cursor {
 public:
  explicit input_cursor(R range) : range_(std::move(range)) {}
  input_cursor(const input_cursor&) = delete;
  input_cursor& operator=(const input_cursor&) = delete;

  /// The next input; nothing at the end and from then on.
  template <class In>
  std::optional<In> draw() {
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

  std::optional<std::size_t> size() {
    std::optional<std::size_t> known;
    if constexpr (sized_range<R>) known = static_cast<std::size_t>(std::ranges::size(range_));
    return known;
  }

 private:
  R range_;
  std::optional<iterator_of<R>> at_;
  bool at_end_ = false;
};

}  // namespace corochain::detail
