// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>
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

template <class In, class Out>
class route_table {
 public:
  explicit route_table(ListArg<Route<In, Out>> routes) : routes_(std::move(routes).take()) {
    check_route_keys(keys());
  }
  void choose(const std::string& key, In input, choice<In, Out>& made) const {
    for (const Route<In, Out>& each : routes_) {
      if (each.key() != key) continue;
      made.way = &each.way();
      made.place = {"route:", 0, &each.key()};
      made.input.emplace(std::move(input));
      return;
    }
    throw_no_route(key, keys());
  }
  step_shape shape() const {
    step_shape shape{step_layout::one_of};
    for (const Route<In, Out>& each : routes_) shape.parts.push_back({&each.way(), each.key()});
    return shape;
  }

 private:
  std::vector<std::string> keys() const {
    std::vector<std::string> all;
    for (const Route<In, Out>& each : routes_) all.push_back(each.key());
    return all;
  }
  std::vector<Route<In, Out>> routes_;
};

template <class In, class Out>
class router_step final : public choosing_step<RouterInput<In>, In, Out> {
 public:
  explicit router_step(ListArg<Route<In, Out>> routes) : routes_(std::move(routes)) {}
  const char* name() const noexcept override { return "RouterRunnable"; }
  step_shape shape() const override { return routes_.shape(); }
  awaitable<void> choose(RouterInput<In> input, const call_context&, choice<In, Out>& made) const override {
    return find(routes_, std::move(input), made);
  }

 private:
  static awaitable<void> find(const route_table<In, Out>& routes, RouterInput<In> input,
                              choice<In, Out>& made) {
    routes.choose(input.key, std::move(input.input), made);
    co_return;
  }
  route_table<In, Out> routes_;
};

template <class In, class Out>
class keyed_router_step final : public choosing_step<In, In, Out> {
 public:
  keyed_router_step(std::shared_ptr<const step<In, std::string>> key, ListArg<Route<In, Out>> routes)
      : key_(std::move(key)), routes_(std::move(routes)) {}
  const char* name() const noexcept override { return "RouterRunnable"; }
  step_shape shape() const override { return routes_.shape(); }
  awaitable<void> choose(In input, const call_context& context, choice<In, Out>& made) const override {
    return find(*this, std::move(input), context, made);
  }

 private:
  static awaitable<void> find(const keyed_router_step& self, In input, const call_context& context,
                              choice<In, Out>& made) {
    std::optional<std::string> key;
    In shown = input;
    co_await self.key_->run(std::move(shown), context, key);
    self.routes_.choose(*key, std::move(input), made);
  }
  std::shared_ptr<const step<In, std::string>> key_;
  route_table<In, Out> routes_;
};

}  // namespace detail
}  // namespace corochain
