// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <iterator>
#include <optional>
#include <utility>

#include "corochain/concurrency/detail/blocking_loop.hpp"
#include "corochain/core/awaitable.hpp"

namespace corochain::detail {

/// What `Source::next()` gives, as an input range for a thread that waits.
///
/// It is read on the private loop of the thread that made it, which is busy only while it waits for an item: the body
/// of the loop over it may use chains itself. To be used on that thread only; a `ConfigError` elsewhere, and inside
/// work that the same loop runs.
template <class Source, class Item>
class blocking_range {
 public:
  using value_type = Item;

  explicit blocking_range(Source source) : source_(std::move(source)) {}

  class iterator {
   public:
    using value_type = Item;
    using difference_type = std::ptrdiff_t;
    using iterator_concept = std::input_iterator_tag;

    Item& operator*() const noexcept { return *owner_->item_; }
    Item* operator->() const noexcept { return &*owner_->item_; }
    iterator& operator++() {
      owner_->advance();
      return *this;
    }
    void operator++(int) { owner_->advance(); }
    friend bool operator==(const iterator& at, std::default_sentinel_t) noexcept {
      return at.owner_->at_end();
    }

   private:
    friend class blocking_range;
    explicit iterator(blocking_range* owner) : owner_(owner) {}
    blocking_range* owner_;
  };

  /// Waits for the first item. Once only.
  iterator begin() {
    advance();
    return iterator(this);
  }
  std::default_sentinel_t end() const noexcept { return {}; }
  /// Whether no item is left.
  bool at_end() const noexcept { return !item_; }

 private:
  static awaitable<void> take(awaitable<std::optional<Item>> next, std::optional<Item>& slot) {
    std::optional<Item> item = co_await std::move(next);
    if (item) slot.emplace(std::move(*item));
  }
  void advance() {
    item_.reset();
    loop_.run(take(source_.next(), item_));
  }

  blocking_loop loop_;  // outlives what was opened on it
  Source source_;
  std::optional<Item> item_;
};

}  // namespace corochain::detail
