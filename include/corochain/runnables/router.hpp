// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "corochain/core/dict.hpp"
#include "corochain/core/list_arg.hpp"
#include "corochain/runnables/detail/as_step.hpp"
#include "corochain/runnables/detail/router.hpp"
#include "corochain/runnables/runnable.hpp"

namespace corochain {

/// The input of a `RouterRunnable`: the key of the runnable that answers, and that runnable's input.
template <class In>
struct RouterInput {
  template <detail::text_like S>
  RouterInput(const S& route, In given) : key(std::string_view(route)), input(std::move(given)) {}

  std::string key;
  In input;
};

/// A key and its runnable: `{"math", math_chain}`. A function or a coroutine may stand for the runnable.
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
  step_ptr<In, Out> way_;
};

/// The runnable that the input names answers:
/// `RouterRunnable<Dict, std::string>({{"math", math_chain}, {"poem", poem_chain}})`, called with
/// `ainvoke({"math", {{"question", q}}})`.
///
/// A call with a key that no runnable has throws a `ConfigError`, which names the existing keys. The received
/// key may be a user's or a model's text, so it stands in `details().received` and not in the error's text.
/// Without runnables, or with two of one key, the constructor throws a `ConfigError`.
///
/// A stream of it gives the chunks of the runnable that answers; it waits for its whole input first.
/// Cancelling the call cancels the work that is under way. Copies share immutable state and may be used by
/// any number of threads.
template <class In, class Out>
class RouterRunnable : public Runnable<RouterInput<In>, Out> {
 public:
  explicit RouterRunnable(ListArg<Route<In, Out>> routes)
      : Runnable<RouterInput<In>, Out>(
            std::make_shared<const detail::router_step<In, Out>>(std::move(routes))) {}
};

/// A `RouterRunnable` whose key is made from the input, by a function, a coroutine or a runnable that gives
/// text: `router<Dict, std::string>(topic_of, {{"math", math_chain}, {"poem", poem_chain}})`.
template <class In, class Out, class Key>
Runnable<In, Out> router(Key key, ListArg<Route<In, Out>> routes) {
  return make_runnable<detail::keyed_router_step<In, Out>>(detail::as_step<In, std::string>(std::move(key)),
                                                           std::move(routes));
}

}  // namespace corochain
