// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <corochain/observability/callbacks.hpp>
#include <string>
#include <vector>

namespace corochain::test {

/// Records, inside the runs, which runs began: "RunnableLambda map:key:joke". To be used from one thread.
class RunRecorder : public CallbackHandler {
 public:
  bool run_inline() const noexcept override { return true; }
  void on_event(const RunEvent& event) override {
    if (event.kind() != RunEventKind::started) return;
    std::string line = event.name();
    for (const std::string& tag : event.tags()) line += " " + tag;
    started_.push_back(std::move(line));
    depth_.push_back(event.parent_ids().size());
  }
  const std::vector<std::string>& started() const { return started_; }
  bool has(const std::string& line) const {
    return std::find(started_.begin(), started_.end(), line) != started_.end();
  }
  /// The number of runs around the run of this line.
  std::size_t depth_of(const std::string& line) const {
    const auto found = std::find(started_.begin(), started_.end(), line);
    EXPECT_NE(found, started_.end()) << line;
    return found == started_.end() ? 0 : depth_[static_cast<std::size_t>(found - started_.begin())];
  }

 private:
  std::vector<std::string> started_;
  std::vector<std::size_t> depth_;
};

}  // namespace corochain::test
