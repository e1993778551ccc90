// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "corochain/core/awaitable.hpp"
#include "corochain/core/dict.hpp"
#include "corochain/core/export.hpp"
#include "corochain/observability/callbacks.hpp"
#include "corochain/observability/detail/listening.hpp"
#include "corochain/runnables/run_config.hpp"

namespace corochain {
class ChatCallOptions;
}

namespace corochain::detail {

/// What a step does with pieces.
enum class piece_flow {
  whole,  ///< waits for its whole input and gives one piece
  makes,  ///< waits for its whole input and gives pieces
  passes  ///< turns pieces into pieces as they come
};

class step_base;

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
  /// Of what only binds a configuration to the first part of its shape; else null.
  virtual const RunConfig* bound_config() const noexcept { return nullptr; }
  /// The same step, of the same types, with these options in each of its calls. A `ConfigError` of what is no chat model and
  /// holds none.
  virtual std::shared_ptr<const step_base> with_call_options(const ChatCallOptions& options) const;
};

/// Where a step stands in the one around it, for the tag of its run: {"seq:step:", 2} or {"map:key:", 0, &key}.
struct step_place {
  const char* what = nullptr;
  std::size_t number = 0;
  const std::string* key = nullptr;  ///< must live until the run has begun
};

/// What a sequence is called: by it one is known that another begins with.
inline constexpr const char* sequence_name = "RunnableSequence";
/// The number of its steps if it is a sequence, else 1.
COROCHAIN_EXPORT std::size_t length_of_sequence(const step_base& step);
COROCHAIN_EXPORT step_shape shape_of_sequence(const step_base& first, const step_base& second);

/// The steps of a chain, one a line.
COROCHAIN_EXPORT std::string describe(const step_base& step);
/// The same as a flowchart in Mermaid's language.
COROCHAIN_EXPORT std::string draw_mermaid(const step_base& step);
/// A configuration that only tags the run directly below it.
COROCHAIN_EXPORT RunConfig config_of_place(const step_place& place);
/// Awaits `body`, a call of a step that is no run itself, so that the run directly below it has the place's tag.
COROCHAIN_EXPORT awaitable<void> at_place(const step_place& place, awaitable<void> body);

/// What a handler is shown of a value.
template <class T>
Value value_to_show(const T& value) {
  if constexpr (can_be_copied<T>::value)
    return Value(value);
  else
    return Value();
}
template <class T>
Value answer_to_show(const void* answer) {
  return value_to_show(**static_cast<const std::optional<T>*>(answer));
}

/// Awaits `body`, a call of `step`, as a run of its own that those who listen are told of. `answer` must live until then,
/// and so must `step`.
COROCHAIN_EXPORT awaitable<void> observe(const step_base& step, step_place place, Value input,
                                         awaitable<void> body, Value (*show)(const void*),
                                         const void* answer);

/// The run of one stream of a step, which goes on from pull to pull.
class COROCHAIN_EXPORT observed_stream {
 public:
  /// `from` may be null.
  observed_stream(const step_base& step, step_place place, Value input, std::shared_ptr<outside> from);
  ~observed_stream();
  observed_stream(const observed_stream&) = delete;
  observed_stream& operator=(const observed_stream&) = delete;

  /// Awaits one pull below the run. What it throws ends the run.
  awaitable<void> pull(awaitable<void> body);
  /// Whether somebody does listen; known after the first pull.
  bool is_heard() const noexcept;
  void piece(Value value) noexcept;
  void ended(Value whole) noexcept;

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace corochain::detail
