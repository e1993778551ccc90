// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <gtest/gtest.h>

#include <corochain/observability/callbacks.hpp>
#include <mutex>
#include <string>
#include <vector>

namespace corochain::test {

/// Records its events: "on_parser_start StrOutputParser seq:step:3".
class EventRecorder : public CallbackHandler {
 public:
  void on_event(const RunEvent& event) override {
    const std::lock_guard lock(mutex_);
    events_.push_back(event);
  }
  std::vector<RunEvent> events() const {
    EXPECT_TRUE(flush());
    const std::lock_guard lock(mutex_);
    return events_;
  }
  std::vector<std::string> lines() const {
    std::vector<std::string> all;
    for (const RunEvent& event : events()) {
      std::string line = event.event() + " " + event.name();
      for (const std::string& tag : event.tags()) line += " " + tag;
      all.push_back(std::move(line));
    }
    return all;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<RunEvent> events_;
};

}  // namespace corochain::test
