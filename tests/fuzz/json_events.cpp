// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// The JSON reader against nlohmann's: both accept the same texts and see the same in them.
#include "codec/json/json_events.hpp"

#include <bit>
#include <cmath>
#include <nlohmann/json.hpp>

#include "fuzz/fuzz.hpp"

namespace corochain::fuzz {
namespace {

/// The events of either reader, in one notation.
class notes {
 public:
  std::string text;

  void word(std::string_view said) { text.append(said).append(";"); }
  void sized(char kind, std::string_view said) {
    text += kind;
    text.append(std::to_string(said.size())).append(":").append(said).append(";");
  }
  void number(std::optional<std::int64_t> whole, double value) {
    if (whole) word("whole " + std::to_string(*whole));
    // Whole numbers lose the sign of a negative zero.
    if (!whole || *whole != 0) word("value " + std::to_string(std::bit_cast<std::uint64_t>(value)));
  }
};

class our_notes final : public codec::json_visitor {
 public:
  notes seen;
  std::size_t depth = 0, deepest = 0;

  void on_object() override { open("{"); }
  void on_array() override { open("["); }
  void on_end() override {
    require(depth > 0, "what ends was begun");
    --depth;
    seen.word(")");
  }
  bool on_key(std::string_view key) override {
    seen.sized('k', key);
    return true;
  }
  void on_null() override { seen.word("null"); }
  void on_bool(bool value) override { seen.word(value ? "true" : "false"); }
  void on_number(const codec::json_number& number) override { seen.number(number.whole, number.value); }
  void on_text(std::string_view text) override { seen.sized('t', text); }

 private:
  void open(std::string_view bracket) {
    deepest = std::max(deepest, ++depth);
    seen.word(bracket);
  }
};

class their_notes final : public nlohmann::json::json_sax_t {
 public:
  notes seen;

  bool null() override { return word("null"); }
  bool boolean(bool value) override { return word(value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override { return number(value, static_cast<double>(value)); }
  bool number_unsigned(number_unsigned_t value) override {
    const auto most = static_cast<number_unsigned_t>(INT64_MAX);
    return number(value <= most ? std::optional(static_cast<std::int64_t>(value)) : std::nullopt,
                  static_cast<double>(value));
  }
  bool number_float(number_float_t value, const string_t&) override {
    const bool whole = value > -0x1p63 && value < 0x1p63 && std::trunc(value) == value;
    return number(whole ? std::optional(static_cast<std::int64_t>(value)) : std::nullopt, value);
  }
  bool string(string_t& value) override {
    seen.sized('t', value);
    return true;
  }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return word("{"); }
  bool key(string_t& value) override {
    seen.sized('k', value);
    return true;
  }
  bool end_object() override { return word(")"); }
  bool start_array(std::size_t) override { return word("["); }
  bool end_array() override { return word(")"); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) override {
    return false;
  }

 private:
  bool word(std::string_view said) {
    seen.word(said);
    return true;
  }
  bool number(std::optional<std::int64_t> whole, double value) {
    seen.number(whole, value);
    return true;
  }
};

}  // namespace

void one_input(std::string_view text) {
  our_notes ours;
  const codec::json_outcome outcome = codec::visit_json(text, ours);
  require(outcome.at <= text.size(), "the place of a problem is in the text");
  require(ours.deepest <= codec::json_depth_limit, "the depth stays in its limit");
  const bool accepted = outcome.problem == codec::json_problem::none;
  require(!accepted || ours.depth == 0, "all that was begun has ended");
  if (text.find('\0') != std::string_view::npos) {
    require(!accepted, "a zero byte is no JSON");  // nlohmann takes it for the end
    return;
  }
  their_notes theirs;
  const bool valid = nlohmann::json::sax_parse(text, &theirs);
  if (outcome.problem == codec::json_problem::too_deep) return;
  require(accepted == valid, "both accept, or neither does");
  if (accepted) require(ours.seen.text == theirs.seen.text, "both see the same");
}

}  // namespace corochain::fuzz
