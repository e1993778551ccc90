// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/detail/reduction_plan.hpp"

#include <algorithm>
#include <iterator>
#include <list>
#include <map>
#include <utility>

namespace corochain::detail {
namespace {

enum class status {
  /// An input whose value is being made, or a group that is being combined or waits for that.
  under_way,
  ready,
  /// A value of a group that could not be combined.
  kept
};

struct node {
  std::size_t value = 0;
  status is = status::under_way;
  std::vector<std::size_t> inputs{};
  // The values of a group, which come back if it fails.
  std::list<node> values{};
};

using node_list = std::list<node>;

}  // namespace

/// The nodes are in the order of the inputs. Without an order those that are ready are at the end, so that
/// they are neighbours as well. No run of neighbours that are ready is as long as a group.
struct reduction_plan::state {
  const std::size_t group_size;
  const bool keep_order;
  node_list nodes{};
  // The nodes under way, by the number of their value.
  std::map<std::size_t, node_list::iterator> under_way{};
  // Groups that were formed and not taken.
  std::list<node_list::iterator> groups{};
  std::size_t inputs = 0;
  std::size_t values = 0;

  node_list::iterator add(node_list::iterator before, std::vector<std::size_t> of_inputs) {
    const auto at = nodes.emplace(keep_order ? before : nodes.begin());
    at->value = values++;
    at->inputs = std::move(of_inputs);
    under_way.emplace(at->value, at);
    return at;
  }

  /// Makes a group of `count` nodes.
  void form(node_list::iterator first, std::size_t count) {
    std::vector<std::size_t> all;
    const auto end = std::next(first, static_cast<std::ptrdiff_t>(count));
    for (auto each = first; each != end; ++each)
      all.insert(all.end(), each->inputs.begin(), each->inputs.end());
    if (!keep_order) std::sort(all.begin(), all.end());
    const auto made = add(first, std::move(all));
    made->values.splice(made->values.end(), nodes, first, end);
    groups.push_back(made);
  }

  /// Forms a group of the run of ready nodes around `at`, if it is long enough.
  void form_around(node_list::iterator at) {
    auto first = at;
    while (first != nodes.begin() && std::prev(first)->is == status::ready) --first;
    std::size_t count = 0;
    for (auto each = first; each != nodes.end() && each->is == status::ready; ++each) ++count;
    if (count >= group_size) form(first, group_size);
  }
};

reduction_plan::reduction_plan(std::size_t group_size, bool keep_order)
    : state_(new state{std::max<std::size_t>(group_size, 2), keep_order}) {}
reduction_plan::reduction_plan(reduction_plan&&) noexcept = default;
reduction_plan::~reduction_plan() = default;

std::size_t reduction_plan::begin_input() {
  return state_->add(state_->nodes.end(), {state_->inputs++})->value;
}

void reduction_plan::has_value(std::size_t value) {
  const auto at = state_->under_way.extract(value).mapped();
  at->is = status::ready;
  at->values.clear();
  if (!state_->keep_order) state_->nodes.splice(state_->nodes.end(), state_->nodes, at);
  state_->form_around(at);
}

void reduction_plan::failed(std::size_t value) {
  const auto at = state_->under_way.extract(value).mapped();
  for (node& each : at->values) each.is = status::kept;
  const bool is_input = at->values.empty();
  state_->nodes.splice(at, at->values);
  const auto next = state_->nodes.erase(at);
  // Without the input its neighbours are side by side.
  if (is_input && next != state_->nodes.end() && next->is == status::ready) state_->form_around(next);
}

bool reduction_plan::has_group() const noexcept { return !state_->groups.empty(); }

reduction_plan::group reduction_plan::next_group() {
  const node& first = *state_->groups.front();
  state_->groups.pop_front();
  group taken{first.value, {}, first.inputs};
  for (const node& each : first.values) taken.values.push_back(each.value);
  return taken;
}

void reduction_plan::finish() {
  for (auto at = state_->nodes.begin(); at != state_->nodes.end();) {
    const auto end =
        std::find_if(at, state_->nodes.end(), [](const node& n) { return n.is != status::ready; });
    const auto count = static_cast<std::size_t>(std::distance(at, end));
    if (count > 1) state_->form(at, count);
    at = end == state_->nodes.end() ? end : std::next(end);
  }
}

std::vector<reduction_plan::part> reduction_plan::parts() const {
  std::vector<part> all;
  for (const node& each : state_->nodes) {
    if (each.is != status::under_way) all.push_back({each.value, each.inputs});
    for (const node& one : each.values) all.push_back({one.value, one.inputs});
  }
  std::sort(all.begin(), all.end(), [](const part& a, const part& b) { return a.inputs[0] < b.inputs[0]; });
  return all;
}

std::vector<std::size_t> reduction_plan::unfinished() const {
  std::vector<std::size_t> all;
  for (const node& each : state_->nodes)
    if (each.is == status::under_way && each.values.empty()) all.push_back(each.inputs[0]);
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace corochain::detail
