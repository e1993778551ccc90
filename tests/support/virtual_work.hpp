// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <corochain/corochain.hpp>
#include <corochain/testing/virtual_time.hpp>
#include <stdexcept>
#include <string>

namespace corochain::test {

using namespace std::chrono_literals;

/// Counts objects, and their highest number.
struct presence_count {
  int now = 0;
  int peak = 0;
};

/// Work of a known length in virtual time, counted while its frame lives.
class virtual_work {
 public:
  explicit virtual_work(testing::VirtualTime time) : time_(std::move(time)) {}

  awaitable<int> give(int value, std::chrono::milliseconds after) { return give_in(this, value, after); }
  awaitable<int> fail(std::string message, std::chrono::milliseconds after) {
    return fail_in(this, std::move(message), after);
  }
  awaitable<void> wait(std::chrono::milliseconds length) { return wait_in(this, length); }

  const presence_count& alive() const { return alive_; }
  std::chrono::milliseconds now() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time_.now());
  }
  const testing::VirtualTime& time() const { return time_; }

 private:
  struct presence {
    explicit presence(presence_count& counted) : count(counted) {
      count.peak = std::max(count.peak, ++count.now);
    }
    ~presence() { --count.now; }
    presence(const presence&) = delete;
    presence& operator=(const presence&) = delete;
    presence_count& count;
  };
  static awaitable<int> give_in(virtual_work* self, int value, std::chrono::milliseconds after) {
    const presence here(self->alive_);
    co_await self->time_.sleep(after);
    co_return value;
  }
  static awaitable<int> fail_in(virtual_work* self, std::string message, std::chrono::milliseconds after) {
    const presence here(self->alive_);
    co_await self->time_.sleep(after);
    throw std::runtime_error(message);
  }
  static awaitable<void> wait_in(virtual_work* self, std::chrono::milliseconds length) {
    const presence here(self->alive_);
    co_await self->time_.sleep(length);
  }

  testing::VirtualTime time_;
  presence_count alive_;
};

}  // namespace corochain::test
