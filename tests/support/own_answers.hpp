// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <gtest/gtest.h>

#include <concepts>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace corochain::test {

/// Answers of users' steps. None has a default constructor or an implicit constructor from a number.

/// It can be copied and assigned.
class Rating {
 public:
  explicit Rating(int number) : number_(number) {}
  int number() const { return number_; }

 private:
  int number_;
};

/// It can only be moved.
class Ticket {
 public:
  explicit Ticket(int number) : number_(std::make_unique<int>(number)) {}
  int number() const { return number_ ? *number_ : -1; }  // -1: moved from

 private:
  std::unique_ptr<int> number_;
};

/// It can be copied, but not assigned.
struct Verdict {
  explicit Verdict(int value) : text(std::to_string(value)) {}
  int number() const { return std::stoi(text); }

  const std::string text;
};

/// It can only be moved, and not assigned.
struct Sealed {
  explicit Sealed(int value) : ticket(value) {}
  Sealed(Sealed&&) = default;
  Sealed& operator=(Sealed&&) = delete;
  int number() const { return ticket.number(); }

  Ticket ticket;
};

template <class T>
concept own_answer =
    !std::default_initializable<T> && !std::convertible_to<int, T> && std::constructible_from<T, int>;
static_assert(own_answer<Rating> && own_answer<Ticket> && own_answer<Verdict> && own_answer<Sealed>);
static_assert(std::copyable<Rating> && std::movable<Ticket> && !std::copy_constructible<Ticket>);
static_assert(std::copy_constructible<Verdict> && !std::is_move_assignable_v<Verdict>);
static_assert(!std::copy_constructible<Sealed> && !std::is_move_assignable_v<Sealed>);

using OwnAnswers = ::testing::Types<Rating, Ticket, Verdict, Sealed>;
/// The types with the fewest operations: code that works with them works with the others. For tests that take
/// long to compile.
using BareAnswers = ::testing::Types<Verdict, Sealed>;

}  // namespace corochain::test
