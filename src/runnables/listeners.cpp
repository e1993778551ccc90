// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/listeners.hpp"

#include "corochain/runnables/run_config.hpp"

// Makes of functions what the runs know: a `CallbackHandler`, given with a configuration that is for the runs
// directly below only.
namespace corochain {
namespace {

using event_function = std::function<void(const RunEvent&)>;

/// Hands each event to the function for its kind. It holds its own copies: the `Listeners` may be gone, or
/// get other functions, after the chain was made.
class listening final : public CallbackHandler {
 public:
  listening(event_function start, event_function end, event_function error)
      : start_(std::move(start)), end_(std::move(end)), error_(std::move(error)) {}
  // The chunks of a stream have no function: `with_listeners` is about beginnings and ends, as in LangChain.
  void on_event(const RunEvent& event) override {
    if (event.kind() == RunEventKind::started && start_) start_(event);
    if (event.kind() == RunEventKind::ended && end_) end_(event);
    if (event.kind() == RunEventKind::failed && error_) error_(event);
  }

 private:
  event_function start_, end_, error_;
};

}  // namespace

// Not defaulted in the class, so that a temporary in a co_await expression is one that g++ 12 compiles.
Listeners::Listeners() = default;

RunConfig Listeners::config() const {
  RunConfig made;
  // Without functions the configuration stays empty, and a chain with it is not observed at all.
  if (start_ || end_ || error_)
    detail::listen_directly(made, std::make_shared<listening>(start_, end_, error_));
  return made;
}

}  // namespace corochain
