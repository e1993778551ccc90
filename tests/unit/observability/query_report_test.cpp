// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/observability/query_report.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/utf8.hpp"
#include "corochain/core/error.hpp"

namespace corochain::query_report_test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using nlohmann::json;

QueryResult answered(double seconds, std::string question = "q", std::string answer = "a") {
  QueryResult result;
  result.question = std::move(question);
  result.answer = std::move(answer);
  result.time_taken = seconds;
  return result;
}

template <class E>
QueryResult failed(E error) {
  QueryResult result = answered(1, "q", "");
  result.error.emplace(std::make_exception_ptr(std::move(error)));
  return result;
}

QueryReport report_of(std::vector<double> seconds, std::chrono::steady_clock::duration wall = 1s) {
  std::vector<QueryResult> results;
  for (const double each : seconds) results.push_back(answered(each));
  return QueryReport(std::move(results), wall);
}

std::string table_of(const QueryReport& report) {
  std::ostringstream out;
  out << report;
  return out.str();
}

/// The number of characters, for text whose characters are one column wide.
std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  for (const char c : text) width += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return width;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// Reads records of RFC 4180 as a spreadsheet does.
std::vector<std::vector<std::string>> parse_csv(const std::string& text) {
  std::vector<std::vector<std::string>> records = {{""}};
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string& field = records.back().back();
    if (quoted && text.compare(i, 2, "\"\"") == 0)
      field += text[++i];
    else if (text[i] == '"')
      quoted = !quoted;
    else if (!quoted && text[i] == ',')
      records.back().emplace_back();
    else if (!quoted && text.compare(i, 2, "\r\n") == 0)
      records.push_back({""}), ++i;
    else
      field += text[i];
  }
  EXPECT_FALSE(quoted);
  EXPECT_EQ(records.back(), std::vector<std::string>{""}) << "does not end with a line end";
  records.pop_back();
  return records;
}

TEST(query_report, without_results_is_all_zero) {
  for (const QueryReport& none : {QueryReport(), QueryReport({}, 1s)}) {
    EXPECT_EQ(none.seconds_sum(), 0);
    EXPECT_EQ(none.seconds_mean(), 0);
    EXPECT_EQ(none.seconds_at(0.5), 0);
    EXPECT_EQ(none.speed_up(), 0);
    EXPECT_EQ(none.usage(), Usage());
    EXPECT_EQ(none.failed(), 0u);
    EXPECT_EQ(none.retries(), 0u);
    EXPECT_EQ(none.connections(), 0u);
    EXPECT_TRUE(none.errors_by_kind().empty());
    EXPECT_EQ(json::parse(none.to_json())["count"], 0);
    EXPECT_EQ(parse_csv(none.to_csv()).size(), 1u);
    EXPECT_NE(table_of(none).find("0 questions"), std::string::npos);
  }
}

TEST(query_report, of_one_result_has_it_at_every_share) {
  const QueryReport one = report_of({2.5});
  for (const double share : {0.0, 0.01, 0.5, 0.99, 1.0}) EXPECT_EQ(one.seconds_at(share), 2.5) << share;
}

TEST(query_report, takes_percentiles_by_nearest_rank) {
  const QueryReport five = report_of({50, 15, 35, 40, 20});
  EXPECT_EQ(five.seconds_at(0), 15);
  EXPECT_EQ(five.seconds_at(0.05), 15);
  EXPECT_EQ(five.seconds_at(0.30), 20);
  EXPECT_EQ(five.seconds_at(0.40), 20);
  EXPECT_EQ(five.seconds_at(0.50), 35);
  EXPECT_EQ(five.seconds_at(0.95), 50);
  EXPECT_EQ(five.seconds_at(1), 50);
  EXPECT_EQ(five.seconds_at(-1), 15);
  EXPECT_EQ(five.seconds_at(2), 50);
  EXPECT_EQ(five.results[0].time_taken, 50);  // the order of the inputs is kept
}

TEST(query_report, has_the_nth_of_a_hundred_at_n_percent) {
  std::vector<double> seconds;
  for (int i = 100; i > 0; --i) seconds.push_back(i);
  const QueryReport hundred = report_of(seconds);
  for (int percent = 1; percent <= 100; ++percent) EXPECT_EQ(hundred.seconds_at(percent / 100.0), percent);
}

TEST(query_report, adds_up_seconds_and_compares_them_with_the_wall) {
  const QueryReport report = report_of({1, 2, 3}, 2s);
  EXPECT_DOUBLE_EQ(report.seconds_sum(), 6);
  EXPECT_DOUBLE_EQ(report.seconds_mean(), 2);
  EXPECT_DOUBLE_EQ(report.speed_up(), 3);
  EXPECT_EQ(report_of({1, 2}, 0s).speed_up(), 0);
  EXPECT_EQ(json::parse(report_of({1, 2}, 0s).to_json())["speed_up"], 0);
}

TEST(query_report, adds_up_tokens_attempts_and_errors) {
  QueryResult retried = answered(1);
  retried.usage.total_tokens = 10;
  retried.usage.input_tokens = 7;
  retried.attempts.resize(3);
  retried.attempts[0].connection_opened = true;
  retried.attempts[1].retried = retried.attempts[2].retried = true;
  retried.attempts[2].connection_opened = true;
  QueryResult plain = answered(1);
  plain.usage.total_tokens = 5;
  plain.attempts.resize(1);
  const QueryReport report({retried, plain, failed(RateLimitError("m")), failed(RateLimitError("m")),
                            failed(TimeoutError("m")), failed(std::runtime_error("m"))},
                           1s);
  EXPECT_EQ(report.usage().total_tokens, 15);
  EXPECT_EQ(report.usage().input_tokens, 7);
  EXPECT_EQ(report.retries(), 2u);
  EXPECT_EQ(report.connections(), 2u);
  EXPECT_EQ(report.failed(), 4u);
  EXPECT_EQ(report.errors_by_kind(),
            (std::map<std::string, std::size_t>{{"other", 1}, {"rate_limit", 2}, {"timeout", 1}}));
}

TEST(query_report, as_json_has_the_figures_and_all_results) {
  QueryResult first = answered(1.25);
  first.model = "gpt-4o-mini";
  first.request_id = "id-1";
  first.usage.output_tokens = 3;
  first.timing.connect = 10ms;
  first.started_at = std::chrono::sys_days(std::chrono::year(2026) / 11 / 22) + 21h + 5min + 21s + 123ms;
  AttemptRecord attempt;
  attempt.status = 429;
  attempt.retry_after = 2s;
  attempt.slept = 2s;
  attempt.error = "too many requests";
  first.attempts.push_back(attempt);
  const QueryReport report({first, failed(RateLimitError("slow down"))}, 500ms);
  const json parsed = json::parse(report.to_json());
  EXPECT_EQ(parsed["count"], 2);
  EXPECT_EQ(parsed["failed"], 1);
  EXPECT_EQ(parsed["wall"], 0.5);
  EXPECT_EQ(parsed["seconds_sum"], 2.25);
  EXPECT_EQ(parsed["p50"], 1.0);
  EXPECT_EQ(parsed["p95"], 1.25);
  EXPECT_EQ(parsed["p99"], 1.25);
  EXPECT_EQ(parsed["speed_up"], 4.5);
  EXPECT_EQ(parsed["errors"], (json{{"rate_limit", 1}}));
  EXPECT_EQ(parsed["usage"]["output_tokens"], 3);
  const json& result = parsed["results"][0];
  EXPECT_EQ(result["started_at"], "2026-11-22T21:05:21.123Z");
  EXPECT_EQ(result["model"], "gpt-4o-mini");
  EXPECT_EQ(result["timing"]["connect"], 0.01);
  EXPECT_FALSE(result.contains("error"));
  EXPECT_EQ(result["attempts"][0]["status"], 429);
  EXPECT_EQ(result["attempts"][0]["retry_after"], 2.0);
  EXPECT_EQ(parsed["results"][1]["error"], "slow down");
  EXPECT_EQ(parsed["results"][1]["error_kind"], "rate_limit");
}

const std::string awkward =
    "quote \" backslash \\ tab \t lines \n\r nul \0 bell \a DEL \x7F slash / Zürich 日本 🙂 \u2028"s;

TEST(query_report, as_json_keeps_awkward_text) {
  ASSERT_FALSE(detail::invalid_utf8_at(awkward));
  const QueryReport report({answered(1, awkward, awkward)}, 1s);
  const json parsed = json::parse(report.to_json());
  EXPECT_EQ(parsed["results"][0]["question"], awkward);
  EXPECT_EQ(parsed["results"][0]["answer"], awkward);
}

TEST(query_report, is_json_whatever_bytes_a_question_holds) {
  // Such a question is refused before it is sent, and its failure is reported.
  const QueryReport report({answered(1, "caf\xE9", "")}, 1s);
  EXPECT_TRUE(json::accept(report.to_json()));
}

TEST(query_report, is_json_whatever_the_figures) {
  const QueryReport report = report_of({std::numeric_limits<double>::infinity(), 1e300, 5e-324});
  EXPECT_TRUE(json::accept(report.to_json()));
}

TEST(query_report, as_csv_quotes_commas_quotes_and_line_ends) {
  QueryResult result = answered(0.5, "a, b", "say \"hi\"\nand\r\nbye");
  result.model = "plain";
  const QueryReport report({result, failed(RateLimitError("slow, \"please\"")), answered(1, awkward, "")},
                           1s);
  const std::string csv = report.to_csv();
  EXPECT_NE(csv.find("\"a, b\",\"say \"\"hi\"\"\nand\r\nbye\",0.500000,"), std::string::npos) << csv;
  EXPECT_NE(csv.find(",plain,"), std::string::npos) << csv;
  const auto records = parse_csv(csv);
  ASSERT_EQ(records.size(), 4u);
  for (const auto& record : records) EXPECT_EQ(record.size(), records[0].size());
  EXPECT_EQ(records[0][0], "question");
  EXPECT_EQ(records[0][1], "answer");
  EXPECT_EQ(records[1][0], "a, b");
  EXPECT_EQ(records[1][1], "say \"hi\"\nand\r\nbye");
  EXPECT_EQ(records[2].back(), "slow, \"please\"");
  EXPECT_EQ(records[3][0], awkward);
}

TEST(query_report, as_a_table_has_a_line_for_each_result_and_totals) {
  const QueryReport report(
      {answered(1.5, "What is a strand?", "A queue."), failed(RateLimitError("secret detail"))}, 2s);
  const auto lines = lines_of(table_of(report));
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[1].find("What is a strand?"), 0u);
  EXPECT_NE(lines[1].find("A queue."), std::string::npos);
  EXPECT_NE(lines[1].find("1.500"), std::string::npos);
  EXPECT_NE(lines[2].find("[rate_limit]"), std::string::npos);
  EXPECT_NE(lines[3].find("2 questions, 1 failed"), std::string::npos);
}

TEST(query_report, as_a_table_cuts_long_text_between_characters) {
  std::vector<QueryResult> results;
  for (std::size_t length = 30; length < 50; ++length) {
    std::string umlauts, emojis;
    for (std::size_t i = 0; i < length; ++i) umlauts += "ü", emojis += "🙂";
    results.push_back(answered(1, umlauts, emojis));
    results.push_back(answered(1, 'x' + emojis, std::string(length, 'y')));
  }
  results.push_back(answered(1, "two\nlines\tand \x1B[31m", "carriage\rreturn"));
  const std::string table = table_of(QueryReport(results, 1s));
  EXPECT_EQ(detail::invalid_utf8_at(table), std::nullopt);
  EXPECT_EQ(table.find('\x1B'), std::string::npos);
  EXPECT_EQ(table.find('\r'), std::string::npos);
  const auto lines = lines_of(table);
  ASSERT_EQ(lines.size(), results.size() + 2);
  for (std::size_t i = 0; i + 1 < lines.size(); ++i)
    EXPECT_EQ(width_of(lines[i]), width_of(lines[0])) << lines[i];
}

TEST(query_report, as_a_table_leaves_text_that_fits_alone) {
  const std::string fits(36, 'x'), longer(37, 'x');
  const auto lines = lines_of(table_of(QueryReport({answered(1, fits), answered(1, longer)}, 1s)));
  EXPECT_EQ(lines[1].find(fits + "  "), 0u);
  EXPECT_EQ(lines[2].find(std::string(35, 'x') + "…  "), 0u);
}

}  // namespace
}  // namespace corochain::query_report_test
