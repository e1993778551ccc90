// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/detail/describe.hpp"

#include <string_view>
#include <vector>

// Descriptions of a chain for people: `Runnable::describe` as indented lines, `Runnable::to_mermaid` as a
// graph. Both walk the tree that `step_base::shape` gives; they know layouts, and no class of step.
namespace corochain::detail {
namespace {

/// The user's view of a streaming mode: what comes out of the step, and when.
const char* words_for(streaming_mode mode) {
  switch (mode) {
    case streaming_mode::whole: return "gives the whole at once";
    case streaming_mode::makes: return "gives chunks";
    case streaming_mode::passes: return "passes chunks on";
  }
  return "";
}

/// Adds the line of `step` and those of its parts, two blanks deeper each. The parts of a sequence are
/// numbered, because they have no label of their own.
void add_lines(std::string& text, const step_base& step, const std::string& label, std::size_t depth) {
  text.append(2 * depth, ' ');
  // The name of a branch, the key of a route, or the number of a step in a sequence.
  if (!label.empty()) text += label + ": ";
  text += step.name();
  // Most steps are chains. Only models, parsers, prompts and tools say what they are.
  if (step.run_type() != RunType::chain) text += std::string(" (") + to_string(step.run_type()) + ')';
  text += std::string(", ") + words_for(step.streaming()) + '\n';
  const step_shape shape = step.shape();
  // Counted from 1, as in the tags of the runs: "seq:step:1".
  std::size_t number = 0;
  for (const step_part& part : shape.parts) {
    ++number;
    const bool numbered = shape.layout == step_layout::in_turn && part.label.empty();
    add_lines(text, *part.step, numbered ? std::to_string(number) : part.label, depth + 1);
  }
}

/// Quotes text, so that Mermaid does not read it as syntax. Within quotes Mermaid decodes entities that begin
/// with '#', so the quote and that sign itself are written as such. A line break is HTML's.
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
  /// Draws the whole chain between an input and an output. Use an object of this class once.
  std::string of(const step_base& step) {
    text_ = "graph TD\n  in([input])\n";
    const auto ends = add(step, {{"in", ""}});
    text_ += "  out([output])\n";
    for (const arrow& each : ends) connect(each, "out");
    return std::move(text_);
  }

 private:
  /// An arrow whose head is not drawn yet: the node that it comes from, and what stands on it.
  struct arrow {
    std::string from;
    std::string label;
  };
  using arrows = std::vector<arrow>;

  /// Draws a step that the arrows `into` lead to. Returns the arrows that lead on from it.
  arrows add(const step_base& step, arrows into) {
    const step_shape shape = step.shape();
    // A step without parts is a box, whatever its layout is.
    if (shape.parts.empty()) return leaf(step, into);
    switch (shape.layout) {
      case step_layout::in_turn:
        for (const step_part& part : shape.parts) into = add(*part.step, std::move(into));
        return into;
      // All branches or one of them: the graph shows where a call can go, so both look alike.
      case step_layout::side_by_side:
      case step_layout::one_of: return spread(shape, into);
      default: return framed(step, shape, std::move(into));
    }
  }
  /// Draws a box, which all arrows lead to, and gives the one arrow that leads on from it.
  arrows leaf(const step_base& step, const arrows& into) {
    const std::string node = "n" + std::to_string(++nodes_);
    text_ += indent() + node + '[' + quoted(step.name()) + "]\n";
    for (const arrow& each : into) connect(each, node);
    return {{node, ""}};
  }
  /// Draws parts that stand side by side: each takes all arrows, and the arrows of all lead on.
  arrows spread(const step_shape& shape, const arrows& into) {
    arrows ends;
    for (const step_part& part : shape.parts) {
      arrows labelled = into;
      // The arrow to a branch says when it is taken, or which value it makes. It replaces what stood there:
      // two labels on one arrow cannot be drawn.
      if (!part.label.empty())
        for (arrow& each : labelled) each.label = part.label;
      for (arrow& each : add(*part.step, std::move(labelled))) ends.push_back(std::move(each));
    }
    return ends;
  }
  /// Draws a step around another one as a frame with its name. A configuration or conversion that has no
  /// name is left out: the graph would show nothing of what it does.
  arrows framed(const step_base& step, const step_shape& shape, arrows into) {
    const std::string& label = shape.parts.front().label;
    if (shape.layout == step_layout::transparent && label.empty())
      return add(*shape.parts.front().step, std::move(into));
    // A frame is named by its configuration, else by its step: "RunnableRetry".
    text_ += indent() + "subgraph g" + std::to_string(++frames_) + " [" +
             quoted(label.empty() ? std::string_view(step.name()) : std::string_view(label)) + "]\n";
    ++depth_;
    arrows ends = add(*shape.parts.front().step, std::move(into));
    --depth_;
    text_ += indent() + "end\n";
    return ends;
  }
  /// Draws an arrow, now that the node at its head is known.
  void connect(const arrow& from, const std::string& to) {
    text_ += indent() + from.from;
    text_ += from.label.empty() ? " --> " : " -->|" + quoted(from.label) + "| ";
    text_ += to + '\n';
  }
  /// Lines in a frame are indented; Mermaid does not mind, but people read the text, too.
  std::string indent() const { return std::string(2 * (depth_ + 1), ' '); }

  // Nodes and frames are numbered, as names may be repeated.
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

// The name `mermaid` is the language's. Its text is shown by GitHub, by GitLab, and by mermaid.live.
std::string draw_mermaid(const step_base& step) { return mermaid().of(step); }

}  // namespace corochain::detail
