// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/detail/describe.hpp"

#include <string_view>
#include <vector>

namespace corochain::detail {
namespace {

const char* words_for(streaming_mode mode) {
  switch (mode) {
    case streaming_mode::whole: return "gives the whole at once";
    case streaming_mode::makes: return "gives chunks";
    case streaming_mode::passes: return "passes chunks on";
  }
  return "";
}

void add_lines(std::string& text, const step_base& step, const std::string& label, std::size_t depth) {
  text.append(2 * depth, ' ');
  if (!label.empty()) text += label + ": ";
  text += step.name();
  if (step.run_type() != RunType::chain) text += std::string(" (") + to_string(step.run_type()) + ')';
  text += std::string(", ") + words_for(step.streaming()) + '\n';
  const step_shape shape = step.shape();
  std::size_t number = 0;
  for (const step_part& part : shape.parts) {
    ++number;
    const bool numbered = shape.layout == step_layout::in_turn && part.label.empty();
    add_lines(text, *part.step, numbered ? std::to_string(number) : part.label, depth + 1);
  }
}

/// Quotes text, so that Mermaid does not read it as syntax.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"')
      out += "#quot;";
    else if (c == '#')
      out += "#35;";
    else if (c == '\n')
      out += "<br/>";
    else
      out += c;
  }
  return out + '"';
}

/// The graph of a chain in Mermaid's language. It keeps for every step the nodes from which the step's
/// answers come.
class mermaid {
 public:
  std::string of(const step_base& step) {
    text_ = "graph TD\n  in([input])\n";
    const auto ends = add(step, {{"in", ""}});
    text_ += "  out([output])\n";
    for (const arrow& each : ends) connect(each, "out");
    return std::move(text_);
  }

 private:
  struct arrow {
    std::string from;
    std::string label;
  };
  using arrows = std::vector<arrow>;

  arrows add(const step_base& step, arrows into) {
    const step_shape shape = step.shape();
    if (shape.parts.empty()) return leaf(step, into);
    switch (shape.layout) {
      case step_layout::in_turn:
        for (const step_part& part : shape.parts) into = add(*part.step, std::move(into));
        return into;
      case step_layout::side_by_side:
      case step_layout::one_of: return spread(shape, into);
      default: return framed(step, shape, std::move(into));
    }
  }
  arrows leaf(const step_base& step, const arrows& into) {
    const std::string node = "n" + std::to_string(++nodes_);
    text_ += indent() + node + '[' + quoted(step.name()) + "]\n";
    for (const arrow& each : into) connect(each, node);
    return {{node, ""}};
  }
  arrows spread(const step_shape& shape, const arrows& into) {
    arrows ends;
    for (const step_part& part : shape.parts) {
      arrows labelled = into;
      if (!part.label.empty())
        for (arrow& each : labelled) each.label = part.label;
      for (arrow& each : add(*part.step, std::move(labelled))) ends.push_back(std::move(each));
    }
    return ends;
  }
  arrows framed(const step_base& step, const step_shape& shape, arrows into) {
    const std::string& label = shape.parts.front().label;
    if (shape.layout == step_layout::transparent && label.empty())
      return add(*shape.parts.front().step, std::move(into));
    text_ += indent() + "subgraph g" + std::to_string(++frames_) + " [" +
             quoted(label.empty() ? std::string_view(step.name()) : std::string_view(label)) + "]\n";
    ++depth_;
    arrows ends = add(*shape.parts.front().step, std::move(into));
    --depth_;
    text_ += indent() + "end\n";
    return ends;
  }
  void connect(const arrow& from, const std::string& to) {
    text_ += indent() + from.from;
    text_ += from.label.empty() ? " --> " : " -->|" + quoted(from.label) + "| ";
    text_ += to + '\n';
  }
  std::string indent() const { return std::string(2 * (depth_ + 1), ' '); }

  std::string text_;
  std::size_t nodes_ = 0;
  std::size_t frames_ = 0;
  std::size_t depth_ = 0;
};

}  // namespace

std::string describe(const step_base& step) {
  std::string text;
  add_lines(text, step, "", 0);
  return text;
}

std::string draw_mermaid(const step_base& step) { return mermaid().of(step); }

}  // namespace corochain::detail
