// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <concepts>
#include <iterator>
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

}  // namespace corochain::detail
