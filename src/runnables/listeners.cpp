// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/listeners.hpp"

#include "corochain/runnables/run_config.hpp"

namespace corochain {
namespace {

using function = std::shared_ptr<detail::event_function>;

class listening final : public CallbackHandler {
 public:
  listening(function start, function end, function error)
      : start_(std::move(start)), end_(std::move(end)), error_(std::move(error)) {}
  void on_event(const RunEvent& event) override {
    if (event.kind() == RunEventKind::started && start_) start_->call(event);
    if (event.kind() == RunEventKind::ended && end_) end_->call(event);
    if (event.kind() == RunEventKind::failed && error_) error_->call(event);
  }

 private:
  function start_, end_, error_;
};

}  // namespace

detail::event_function::~event_function() = default;

Listeners::Listeners() = default;

RunConfig Listeners::config() const {
  RunConfig made;
  if (start_ || end_ || error_)
    detail::listen_directly(made, std::make_shared<listening>(start_, end_, error_));
  return made;
}

}  // namespace corochain
