// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "corochain/core/export.hpp"
#include "corochain/observability/callbacks.hpp"
#include "corochain/runnables/streaming_mode.hpp"

namespace corochain {
class RunConfig;
}  // namespace corochain

namespace corochain::detail {

class step_base;

/// Returns the step that replaces a part of another step. It has the same types.
using part_replacement = std::function<std::shared_ptr<const step_base>(const step_base& part)>;

/// A step within a step, and its label there.
struct step_part {
  const step_base* step;
  std::string label;
};
/// The way a step is made of others.
enum class step_layout {
  leaf,
  /// One after the other.
  in_turn,
  /// All at once.
  side_by_side,
  /// One of them; the label says when.
  one_of,
  /// One, with more around it.
  around,
  /// One, with no more than a configuration or a conversion around it.
  transparent
};
struct step_shape {
  step_layout layout = step_layout::leaf;
  std::vector<step_part> parts{};
};

/// The part of a step that does not depend on its types.
class COROCHAIN_EXPORT step_base {
 public:
  step_base() = default;
  step_base(const step_base&) = delete;
  step_base& operator=(const step_base&) = delete;
  virtual ~step_base();
  /// The name in events and descriptions, spelled as LangChain spells its class: "RunnableLambda".
  virtual const char* name() const noexcept = 0;
  /// The kind of its runs in events.
  virtual RunType run_type() const noexcept { return RunType::chain; }
  /// By default a step makes chunks if one of its parts does, and needs its whole input.
  virtual streaming_mode streaming() const;
  /// The parts of the step.
  virtual step_shape shape() const { return {}; }
  /// The configuration that `with_config` has bound to the first part of its shape, or null.
  const RunConfig* bound_config() const noexcept { return bound_config_; }
  /// A copy of a step that only wraps steps of its own types, with each part replaced: `model.bind` replaces
  /// a model inside of retries, fallbacks and configurations. Null for all other steps.
  virtual std::shared_ptr<const step_base> with_parts(const part_replacement&) const { return nullptr; }

 protected:
  void bind_config(const RunConfig& config) noexcept { bound_config_ = &config; }

 private:
  const RunConfig* bound_config_ = nullptr;
};

/// The position of a step in the one around it, for the tag of its run: {"seq:step:", 2} or {"map:key:", 0,
/// &key}.
struct step_place {
  const char* what = nullptr;
  std::size_t number = 0;
  /// It must live until the run has begun.
  const std::string* key = nullptr;
};

/// The shape of a sequence. If `first` is a sequence, its steps are included.
COROCHAIN_EXPORT step_shape shape_of_sequence(const step_base& first, const step_base& second);

}  // namespace corochain::detail
