// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/listeners.hpp"

#include "corochain/runnables/run_config.hpp"

namespace corochain {
namespace {

using event_function = std::function<void(const RunEvent&)>;

class listening final : public CallbackHandler {
 public:
  listening(event_function start, event_function end, event_function error)
      : start_(std::move(start)), end_(std::move(end)), error_(std::move(error)) {}
  void on_event(const RunEvent& event) override {
    if (event.kind() == RunEventKind::started && start_) start_(event);
    if (event.kind() == RunEventKind::ended && end_) end_(event);
    if (event.kind() == RunEventKind::failed && error_) error_(event);
  }

 private:
  event_function start_, end_, error_;
};

}  // namespace

Listeners::Listeners() = default;

RunConfig Listeners::config() const {
  RunConfig made;
  if (start_ || end_ || error_)
    detail::listen_directly(made, std::make_shared<listening>(start_, end_, error_));
  return made;
}

}  // namespace corochain
