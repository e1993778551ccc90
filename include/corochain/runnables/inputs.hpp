// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <concepts>
#include <memory>
#include <utility>
#include <vector>

#include "corochain/core/detail/never.hpp"
#include "corochain/core/dict.hpp"
#include "corochain/core/list_arg.hpp"
#include "corochain/runnables/detail/inputs.hpp"

namespace corochain {

/// The inputs of a batch: a list in braces, any range, or an async generator.
///
/// Inputs are drawn one by one, when there is room for them. The elements of a container that is given away
/// are moved; a container that is given as an lvalue was copied. A view's elements are copied, and the data
/// that it refers to must stay valid. An async generator is any object with
/// `awaitable<std::optional<T>> next()`, such as a `Stream`. It is awaited inside the batch's run, one
/// `next()` at a time. Move-only.
template <class In>
class Inputs : private ListArg<In> {
 public:
  using ListArg<In>::ListArg;
  Inputs(ListArg<In> list) : ListArg<In>(std::move(list)) {}
  template <class R>
    requires(detail::range_of<R, In> && !std::same_as<R, std::vector<In>> && !std::same_as<R, ListArg<In>> &&
             !std::same_as<R, Inputs>)
  Inputs(R range) : source_(std::make_unique<detail::range_source<In, R>>(std::move(range))) {}
  template <detail::async_generator_of<In> G>
  Inputs(G generator) : source_(std::make_unique<detail::generator_source<In, G>>(std::move(generator))) {}
  /// `{{"q", "a"}, {"q", "b"}}` could be one Dict or two. It does not compile.
  template <std::same_as<Dict> D = In>
  Inputs(detail::lone_pair<D>, detail::lone_pair<D>, detail::lone_pair<D> = {}, detail::lone_pair<D> = {}) {
    static_assert(
        detail::never<D>,
        "corochain: each input of a batch needs braces of its own: batch({{{\"q\", a}}, {{\"q\", b}}}) "
        "are two, batch({{{\"q\", a}, {\"r\", b}}}) is one");
  }
  Inputs(Inputs&&) noexcept = default;
  Inputs& operator=(Inputs&&) noexcept = default;

  /// For functions that build on the library.
  detail::input_source_ptr<In> take() && {
    if (!source_) {
      ListArg<In>& list = *this;
      source_ = std::make_unique<detail::range_source<In, std::vector<In>>>(std::move(list).take());
    }
    return std::move(source_);
  }

 private:
  detail::input_source_ptr<In> source_;
};

}  // namespace corochain
