// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <iterator>
#include <optional>
#include <utility>

#include "corochain/concurrency/detail/blocking_loop.hpp"
#include "corochain/concurrency/detail/enter_run.hpp"

namespace corochain::detail {

/// The values of `Source::next()`, as an input range for a thread that waits.
///
/// The range is read on the private loop of the thread that made it. That loop is busy only while it waits
/// for an item, so the body of a `for` over the range may use chains itself. Use the range on that thread
/// only: elsewhere, and inside work that the same loop runs, it throws a `ConfigError`.
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

  /// Waits for the first item. Call it once only.
  iterator begin() {
    advance();
    return iterator(this);
  }
  std::default_sentinel_t end() const noexcept { return {}; }
  /// Whether no item is left.
  bool at_end() const noexcept { return !item_; }

 private:
  void advance() {
    item_.reset();
    std::optional<std::optional<Item>> next;
    loop_.run(keep(source_.next(), next));
    if (*next) item_.emplace(std::move(**next));
  }

  // Outlives the objects that were opened on it.
  blocking_loop loop_;
  Source source_;
  std::optional<Item> item_;
};

}  // namespace corochain::detail
