// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "corochain/core/export.hpp"
#include "corochain/observability/callbacks.hpp"
#include "corochain/runnables/run_config.hpp"

namespace corochain::detail {

/// What a step does with pieces.
enum class piece_flow {
  whole,  ///< waits for its whole input and gives one piece
  makes,  ///< waits for its whole input and gives pieces
  passes  ///< turns pieces into pieces as they come
};

class step_base;

/// Gives the step of the same types that takes the place of a part of another step.
using part_replacement = std::function<std::shared_ptr<const step_base>(const step_base& part)>;

/// A step within a step, and what it is called there.
struct step_part {
  const step_base* step;
  std::string label;
};
/// How a step is made of others.
enum class step_layout {
  leaf,
  in_turn,       ///< one after the other
  side_by_side,  ///< all at once
  one_of,        ///< one of them, the label says when
  around         ///< one, with something around it
};
struct step_shape {
  step_layout layout = step_layout::leaf;
  std::vector<step_part> parts{};
};

/// What is to be known of every step, whatever its types.
class COROCHAIN_EXPORT step_base {
 public:
  virtual ~step_base();
  virtual RunType run_type() const noexcept { return RunType::chain; }
  /// As LangChain calls its class: "RunnableLambda".
  virtual const char* name() const noexcept = 0;
  virtual piece_flow flow() const noexcept { return piece_flow::whole; }
  /// True for what only stands around another step and tells nobody of itself.
  virtual bool silent() const noexcept { return false; }
  virtual step_shape shape() const { return {}; }
  /// How many steps it counts for as a part of a sequence: those of a sequence each count.
  virtual std::size_t length() const noexcept { return 1; }
  /// Of what only binds a configuration to the first part of its shape; else null.
  virtual const RunConfig* bound_config() const noexcept { return nullptr; }
  /// For a step that only wraps others of its own types: the same around what `replace` gives for each of
  /// them. Null for all other steps.
  virtual std::shared_ptr<const step_base> with_parts(const part_replacement& replace) const;
};

/// Where a step stands in the one around it, for the tag of its run: {"seq:step:", 2} or {"map:key:", 0, &key}.
struct step_place {
  const char* what = nullptr;
  std::size_t number = 0;
  const std::string* key = nullptr;  ///< must live until the run has begun
};

COROCHAIN_EXPORT step_shape shape_of_sequence(const step_base& first, const step_base& second);

/// The steps of a chain, one a line.
COROCHAIN_EXPORT std::string describe(const step_base& step);
/// The same as a flowchart in Mermaid's language.
COROCHAIN_EXPORT std::string draw_mermaid(const step_base& step);
}  // namespace corochain::detail
