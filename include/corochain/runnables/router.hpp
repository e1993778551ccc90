// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "corochain/core/awaitable.hpp"
#include "corochain/core/dict.hpp"
#include "corochain/core/export.hpp"
#include "corochain/core/few.hpp"
#include "corochain/runnables/detail/as_step.hpp"
#include "corochain/runnables/detail/choosing_step.hpp"
#include "corochain/runnables/runnable.hpp"

namespace corochain {

/// What a `RouterRunnable` takes: who is to answer, and what.
template <class In>
struct RouterInput {
  template <detail::text_like S>
  RouterInput(const S& route, In given) : key(std::string_view(route)), input(std::move(given)) {}

  std::string key;
  In input;
};

/// A key and who answers it: `{"math", math_chain}`, a runnable, a function or a coroutine.
template <class In, class Out>
class Route {
 public:
  template <detail::text_like S, class Given>
  Route(const S& key, Given given)
      : key_(std::string_view(key)), way_(detail::as_step<In, Out>(std::move(given))) {}

  const std::string& key() const noexcept { return key_; }
  /// For functions that build on the library.
  const step<In, Out>& way() const noexcept { return *way_; }

 private:
  std::string key_;
  std::shared_ptr<const step<In, Out>> way_;
};

namespace detail {

/// A `ConfigError` for no keys, and for one that is there twice.
COROCHAIN_EXPORT void check_route_keys(const std::vector<std::string>& keys);
[[noreturn]] COROCHAIN_EXPORT void throw_no_route(std::string key, std::vector<std::string> keys);

template <class In, class Out>
class route_table {
 public:
  explicit route_table(few<Route<In, Out>> routes) : routes_(std::move(routes).take()) {
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
  explicit router_step(few<Route<In, Out>> routes) : routes_(std::move(routes)) {}
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
  keyed_router_step(std::shared_ptr<const step<In, std::string>> key, few<Route<In, Out>> routes)
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

/// Lets the runnable answer that the input names:
/// `RouterRunnable<Dict, std::string>({{"math", math_chain}, {"poem", poem_chain}})`, called with
/// `ainvoke({"math", {{"question", q}}})`.
///
/// A key that no runnable has is a `ConfigError` when it is called. That names the keys there are; the key it was
/// given, which may be what a user said or a model wrote, stands in `details().received` and not in the text. Without
/// runnables, or with two of one key, the constructor throws a `ConfigError`.
///
/// A stream of it gives the pieces of the runnable that answers; it waits for its whole input first. Cancelling the
/// call cancels what is under way. Copies share immutable state and may be used by any number of threads.
template <class In, class Out>
class RouterRunnable : public Runnable<RouterInput<In>, Out> {
 public:
  explicit RouterRunnable(few<Route<In, Out>> routes)
      : Runnable<RouterInput<In>, Out>(
            std::make_shared<const detail::router_step<In, Out>>(std::move(routes))) {}
};

/// A `RouterRunnable` whose key is made from the input, by a function, a coroutine or a runnable that gives text:
/// `router<Dict, std::string>(topic_of, {{"math", math_chain}, {"poem", poem_chain}})`.
template <class In, class Out, class Key>
Runnable<In, Out> router(Key key, few<Route<In, Out>> routes) {
  return Runnable<In, Out>(std::make_shared<const detail::keyed_router_step<In, Out>>(
      detail::as_step<In, std::string>(std::move(key)), std::move(routes)));
}

}  // namespace corochain
