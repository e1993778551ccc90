// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "corochain/core/export.hpp"
#include "corochain/core/list_arg.hpp"
#include "corochain/runnables/detail/choosing_step.hpp"

namespace corochain {

template <class In>
struct RouterInput;
template <class In, class Out>
class Route;

namespace detail {

/// Throws a `ConfigError` if there are no keys, or if one is there twice.
COROCHAIN_EXPORT void check_route_keys(const std::vector<std::string>& keys);
[[noreturn]] COROCHAIN_EXPORT void throw_no_route(std::string key, std::vector<std::string> keys);

/// A step that lets the runnable of a key answer. `Given` is the step's own input, `In` that of the
/// runnables.
template <class Given, class In, class Out>
class routing_step : public choosing_step<Given, In, Out> {
 public:
  explicit routing_step(ListArg<Route<In, Out>> routes) : routes_(std::move(routes).take()) {
    check_route_keys(keys());
  }
  const char* name() const noexcept override { return "RouterRunnable"; }
  step_shape shape() const override {
    step_shape shape{step_layout::one_of};
    for (const Route<In, Out>& each : routes_) shape.parts.push_back({&each.way(), each.key()});
    return shape;
  }

 protected:
  void find(const std::string& key, In input, choice<In, Out>& made) const {
    for (const Route<In, Out>& each : routes_) {
      if (each.key() != key) continue;
      made.way = &each.way();
      made.place = {"route:", 0, &each.key()};
      made.input.emplace(std::move(input));
      return;
    }
    throw_no_route(key, keys());
  }

 private:
  std::vector<std::string> keys() const {
    std::vector<std::string> all;
    for (const Route<In, Out>& each : routes_) all.push_back(each.key());
    return all;
  }

  std::vector<Route<In, Out>> routes_;
};

/// The key is a part of the input.
template <class In, class Out>
class router_step final : public routing_step<RouterInput<In>, In, Out> {
 public:
  using routing_step<RouterInput<In>, In, Out>::routing_step;
  awaitable<void> choose(RouterInput<In> input, const call_context&, choice<In, Out>& made) const override {
    this->find(input.key, std::move(input.input), made);
    co_return;
  }
};

/// The key is made from the input by a step, which is a run of its own.
template <class In, class Out>
class keyed_router_step final : public routing_step<In, In, Out> {
 public:
  keyed_router_step(step_ptr<In, std::string> key, ListArg<Route<In, Out>> routes)
      : routing_step<In, In, Out>(std::move(routes)), key_(std::move(key)) {}
  awaitable<void> choose(In input, const call_context& context, choice<In, Out>& made) const override {
    std::optional<std::string> key;
    In shown = input;
    co_await key_->run(std::move(shown), context, key);
    this->find(*key, std::move(input), made);
  }

 private:
  step_ptr<In, std::string> key_;
};

}  // namespace detail
}  // namespace corochain
