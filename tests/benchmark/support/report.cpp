// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "support/report.hpp"

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace corochain::benchmark {

void report::add(row made) {
  std::printf("\n%s [%s]\n", made.name.c_str(), made.unit.c_str());
  for (const auto& [who, samples] : made.measured)
    if (!samples.samples.empty())
      std::printf("    %-26s min %10.2f   median %10.2f\n", who.c_str(), samples.min(), samples.median());
  for (const verdict& each : made.verdicts) {
    std::printf("  > %-26s     %10.2f", each.label.c_str(), each.value);
    if (each.budget) std::printf("   budget %s %.2f", each.at_least ? ">=" : "<=", *each.budget);
    if (each.stretch) std::printf(" (stretch %.2f)", *each.stretch);
    std::printf("%s\n", !each.budget ? "" : each.kept() ? "   kept" : "   BROKEN");
  }
  std::fflush(stdout);
  rows_.push_back(std::move(made));
}

void report::write_json(const std::string& file) const {
  using nlohmann::json;
  json all = json::array();
  for (const row& each : rows_) {
    json one = json::object();
    one["name"] = each.name;
    one["unit"] = each.unit;
    for (const auto& [who, samples] : each.measured)
      if (!samples.samples.empty())
        one["measured"][who] = {
            {"min", samples.min()}, {"median", samples.median()}, {"samples", samples.samples}};
    one["verdicts"] = json::array();
    for (const verdict& judged : each.verdicts) {
      json line = {{"label", judged.label}, {"value", judged.value}};
      if (judged.budget) {
        line["budget"] = *judged.budget;
        line["kept"] = judged.kept();
      }
      if (judged.stretch) line["stretch"] = *judged.stretch;
      one["verdicts"].push_back(std::move(line));
    }
    all.push_back(std::move(one));
  }
  std::ofstream out(file);
  out << all.dump(2) << '\n';
  if (!out.flush()) throw std::runtime_error("cannot write " + file);
}

std::vector<std::string> report::broken() const {
  std::vector<std::string> lines;
  for (const row& each : rows_)
    for (const verdict& judged : each.verdicts) {
      if (judged.kept()) continue;
      char text[80];
      std::snprintf(text, sizeof text, " is %.2f, budget %s %.2f", judged.value,
                    judged.at_least ? ">=" : "<=", *judged.budget);
      lines.push_back(each.name + ": " + judged.label + text);
    }
  return lines;
}

}  // namespace corochain::benchmark
