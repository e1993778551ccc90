// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <concepts>
#include <cstddef>
#include <utility>
#include <vector>

#include "corochain/core/detail/language.hpp"

namespace corochain {

/// A short list that a caller may write in braces as an argument, also inside a `co_await` expression.
///
/// g++ 11 and 12 miscompile `std::vector` and `std::initializer_list` arguments there. `ListArg` has plain
/// constructors for one to twelve elements, and takes a whole vector by name. Name a list first if it is
/// itself an element. Distinct objects may be used by distinct threads.
template <class T>
class ListArg {
 public:
  ListArg() = default;
  ListArg(T a) { add(a); }
  ListArg(T a, T b) { add(a, b); }
  ListArg(T a, T b, T c) { add(a, b, c); }
  ListArg(T a, T b, T c, T d) { add(a, b, c, d); }
  ListArg(T a, T b, T c, T d, T e) { add(a, b, c, d, e); }
  ListArg(T a, T b, T c, T d, T e, T f) { add(a, b, c, d, e, f); }
  ListArg(T a, T b, T c, T d, T e, T f, T g) { add(a, b, c, d, e, f, g); }
  ListArg(T a, T b, T c, T d, T e, T f, T g, T h) { add(a, b, c, d, e, f, g, h); }
  ListArg(T a, T b, T c, T d, T e, T f, T g, T h, T i) { add(a, b, c, d, e, f, g, h, i); }
  ListArg(T a, T b, T c, T d, T e, T f, T g, T h, T i, T j) { add(a, b, c, d, e, f, g, h, i, j); }
  ListArg(T a, T b, T c, T d, T e, T f, T g, T h, T i, T j, T k) { add(a, b, c, d, e, f, g, h, i, j, k); }
  ListArg(T a, T b, T c, T d, T e, T f, T g, T h, T i, T j, T k, T l) {
    add(a, b, c, d, e, f, g, h, i, j, k, l);
  }

  /// Takes the elements of a vector. It is a template, so braces never select it.
  template <std::same_as<std::vector<T>> V>
  ListArg(V elements) : elements_(std::move(elements)) {}

  std::size_t size() const noexcept { return elements_.size(); }
  bool empty() const noexcept { return elements_.empty(); }
  auto begin() const noexcept { return elements_.begin(); }
  auto end() const noexcept { return elements_.end(); }
  const T& operator[](std::size_t index) const { return elements_[index]; }

  /// Moves the elements out. The list is empty afterwards.
  std::vector<T> take() && { return std::move(elements_); }

 private:
  template <class... E>
  void add(E&... element) {
    elements_.reserve(sizeof...(element));
    (elements_.push_back(std::move(element)), ...);
  }

  std::vector<T> elements_;
};

/// The former name.
template <class T>
using few = ListArg<T>;

}  // namespace corochain
