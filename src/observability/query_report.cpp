// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/observability/query_report.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstdio>
#include <ostream>
#include <utility>

#include "core/json_text.hpp"

// The figures of a batch of questions, and three ways to write them: JSON for programs, CSV for spreadsheets,
// a table for people. Questions and answers are text from outside, so each form escapes what would break it.
namespace corochain {
namespace {

/// Reports show seconds, as `time_taken` does.
double seconds(std::chrono::steady_clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

/// Appends a member of a JSON object that has one before it.
/// Text is written as for a report: bytes that are not UTF-8 become U+FFFD.
template <class T>
void append_field(std::string& out, const char* name, const T& value) {
  out.append(",\"").append(name).append("\":");
  if constexpr (std::same_as<T, bool>)
    out += value ? "true" : "false";
  else if constexpr (std::same_as<T, double>)
    detail::append_json_number(out, value);
  else if constexpr (std::integral<T>)
    out += std::to_string(value);
  else
    detail::append_json_report_string(out, value);
}

/// Appends the elements of a JSON array, each with `append(out, element)`.
template <class Elements, class Append>
void append_elements(std::string& out, const Elements& elements, Append append) {
  const char* separator = "";
  for (const auto& element : elements) {
    out += std::exchange(separator, ",");
    append(out, element);
  }
}

/// Appends the member "usage".
void append_usage(std::string& out, const Usage& usage) {
  out += ",\"usage\":{\"input_tokens\":" + std::to_string(usage.input_tokens);
  append_field(out, "output_tokens", usage.output_tokens);
  append_field(out, "total_tokens", usage.total_tokens);
  append_field(out, "cached_tokens", usage.cached_tokens);
  append_field(out, "reasoning_tokens", usage.reasoning_tokens);
  out += '}';
}

/// Appends the member "timing". A phase that did not happen is 0.
void append_timing(std::string& out, const Timing& timing) {
  out += ",\"timing\":{\"queued\":";
  detail::append_json_number(out, seconds(timing.queued));
  append_field(out, "limited", seconds(timing.limited));
  append_field(out, "connect", seconds(timing.connect));
  append_field(out, "tls", seconds(timing.tls));
  append_field(out, "first_byte", seconds(timing.first_byte));
  append_field(out, "first_token", seconds(timing.first_token));
  append_field(out, "total", seconds(timing.total));
  out += '}';
}

/// Appends one attempt as an object. A wait that no server advised is left out, since 0 would be an advice.
void append_attempt(std::string& out, const AttemptRecord& attempt) {
  out += "{\"status\":" + std::to_string(attempt.status);
  if (attempt.retry_after) append_field(out, "retry_after", seconds(*attempt.retry_after));
  append_field(out, "slept", seconds(attempt.slept));
  append_field(out, "connection_reused", attempt.connection_reused);
  append_field(out, "connection_opened", attempt.connection_opened);
  append_field(out, "retried", attempt.retried);
  append_field(out, "resent", attempt.resent);
  if (attempt.retry_budget_used_up) append_field(out, "retry_budget_used_up", true);
  append_field(out, "maybe_billed", attempt.maybe_billed);
  append_field(out, "request_id", attempt.request_id);
  if (!attempt.client_request_id.empty()) append_field(out, "client_request_id", attempt.client_request_id);
  append_field(out, "error", attempt.error);
  append_timing(out, attempt.timing);
  out += '}';
}

/// The time in the format of RFC 3339: "2026-11-22T21:05:21.123Z".
std::string timestamp(std::chrono::system_clock::time_point when) {
  const auto since = std::chrono::floor<std::chrono::milliseconds>(when.time_since_epoch());
  const std::time_t whole = static_cast<std::time_t>(since.count() / 1000);
  std::tm utc{};
  // Not std::gmtime, which returns a static object that other threads overwrite.
  gmtime_r(&whole, &utc);
  char text[64];
  const std::size_t used = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
  std::snprintf(text + used, sizeof text - used, ".%03dZ", static_cast<int>(since.count() % 1000));
  return text;
}

/// Appends one question as an object.
void append_result(std::string& out, const QueryResult& result) {
  out += "{\"question\":";
  detail::append_json_report_string(out, result.question);
  append_field(out, "answer", result.answer);
  append_field(out, "time_taken", result.time_taken);
  append_field(out, "started_at", timestamp(result.started_at));
  append_field(out, "model", result.model);
  append_field(out, "request_id", result.request_id);
  if (result.error) {
    append_field(out, "error", result.error->message());
    append_field(out, "error_kind", to_string(result.error->kind()));
  }
  append_usage(out, result.usage);
  append_timing(out, result.timing);
  out += ",\"attempts\":[";
  append_elements(out, result.attempts, append_attempt);
  out += "]}";
}

/// RFC 4180: a field with a separator, a quote or a line break is quoted, and quotes in it are doubled.
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

/// The number with a decimal point in any locale, right-aligned to `width`.
std::string number(double value, int digits, std::size_t width = 0) {
  // The largest double has 309 digits before the point.
  char text[400];
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, digits);
  std::string made(text, end.ptr);
  if (made.size() < width) made.insert(0, width - made.size(), ' ');
  return made;
}

/// The text cut or padded to `width` characters (UTF-8 sequences, not bytes).
std::string fitted(const std::string& text, std::size_t width) {
  std::string line;
  std::size_t characters = 0;
  std::size_t last_but_one = 0;
  for (const char c : text) {
    const bool starts = (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    if (starts && characters == width) {
      line.resize(last_but_one);
      line += "…";
      return line;
    }
    // The last character that fits is remembered, because an ellipsis takes its place if more follow.
    if (starts && ++characters == width) last_but_one = line.size();
    line += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return line.append(width - characters, ' ');
}

/// The number of attempts in which the flag is set.
std::size_t attempts_with(const std::vector<QueryResult>& results, bool AttemptRecord::* flag) noexcept {
  std::size_t count = 0;
  for (const auto& result : results)
    for (const auto& attempt : result.attempts) count += attempt.*flag ? 1 : 0;
  return count;
}

}  // namespace

QueryReport::QueryReport() = default;

// The figures are computed when they are asked for: a program may change `results` before that.
QueryReport::QueryReport(std::vector<QueryResult> all, std::chrono::steady_clock::duration whole)
    : results(std::move(all)), wall(whole) {}

double QueryReport::seconds_sum() const noexcept {
  double sum = 0;
  for (const auto& result : results) sum += result.time_taken;
  return sum;
}

/// Questions that were not asked have no time. They would lower the mean as if they had been quick.
double QueryReport::seconds_mean() const noexcept {
  const auto asked =
      std::count_if(results.begin(), results.end(), [](const auto& r) { return r.was_asked(); });
  return asked == 0 ? 0 : seconds_sum() / static_cast<double>(asked);
}

// Nearest rank, not interpolation: the result is the time of a question that was really asked.
double QueryReport::seconds_at(double share) const {
  std::vector<double> sorted;
  for (const auto& result : results)
    if (result.was_asked()) sorted.push_back(result.time_taken);
  if (sorted.empty()) return 0;
  std::sort(sorted.begin(), sorted.end());
  // A little is subtracted, because 0.07 * 100 is slightly above 7 in binary. The comparison makes NaN count
  // as 0.
  const double part = share > 0 ? std::min(share, 1.0) : 0.0;
  const double rank = std::ceil(part * static_cast<double>(sorted.size()) - 1e-9);
  return sorted[rank < 1 ? 0 : static_cast<std::size_t>(rank) - 1];
}

double QueryReport::speed_up() const noexcept { return wall.count() > 0 ? seconds_sum() / seconds(wall) : 0; }

Usage QueryReport::usage() const noexcept {
  Usage sum;
  for (const auto& result : results) sum += result.usage;
  return sum;
}

// Questions that were not asked have failed, too: they have no answer.
std::size_t QueryReport::failed() const noexcept {
  return static_cast<std::size_t>(
      std::count_if(results.begin(), results.end(), [](const auto& r) { return !r.ok(); }));
}

std::map<std::string, std::size_t> QueryReport::errors_by_kind() const {
  std::map<std::string, std::size_t> kinds;
  for (const auto& result : results)
    if (result.error) ++kinds[to_string(result.error->kind())];
  return kinds;
}

// A retry is an attempt after another one of the same call.
std::size_t QueryReport::retries() const noexcept { return attempts_with(results, &AttemptRecord::retried); }

std::size_t QueryReport::resends() const noexcept { return attempts_with(results, &AttemptRecord::resent); }

std::size_t QueryReport::retries_refused() const noexcept {
  return attempts_with(results, &AttemptRecord::retry_budget_used_up);
}

std::size_t QueryReport::connections() const noexcept {
  return attempts_with(results, &AttemptRecord::connection_opened);
}

/// One object on one line, so that reports can be collected in a file of lines.
std::string QueryReport::to_json() const {
  std::string out = "{\"count\":" + std::to_string(results.size());
  append_field(out, "failed", failed());
  append_field(out, "wall", seconds(wall));
  append_field(out, "seconds_sum", seconds_sum());
  append_field(out, "seconds_mean", seconds_mean());
  append_field(out, "p50", seconds_at(0.50));
  append_field(out, "p95", seconds_at(0.95));
  append_field(out, "p99", seconds_at(0.99));
  append_field(out, "speed_up", speed_up());
  append_field(out, "retries", retries());
  append_field(out, "resends", resends());
  append_field(out, "retries_refused", retries_refused());
  append_field(out, "connections", connections());
  append_usage(out, usage());
  out += ",\"errors\":{";
  append_elements(out, errors_by_kind(), [](std::string& json, const auto& error) {
    json += '"' + error.first + "\":" + std::to_string(error.second);
  });
  out += "},\"results\":[";
  append_elements(out, results, append_result);
  return out += "]}";
}

/// Lines end with CR LF, as RFC 4180 says, also the last.
std::string QueryReport::to_csv() const {
  std::string out =
      "question,answer,time_taken,started_at,model,request_id,input_tokens,output_tokens,attempts,error\r\n";
  for (const auto& result : results) {
    out += csv_field(result.question) + ',' + csv_field(result.answer) + ',' + number(result.time_taken, 6) +
           ',' + timestamp(result.started_at) + ',' + csv_field(result.model) + ',' +
           csv_field(result.request_id) + ',' + std::to_string(result.usage.input_tokens) + ',' +
           std::to_string(result.usage.output_tokens) + ',' + std::to_string(result.attempts.size()) + ',' +
           (result.error ? csv_field(result.error->message()) : std::string()) + "\r\n";
  }
  return out;
}

/// A failed question shows its kind of error in place of the answer. The stream's own format is not changed.
std::ostream& operator<<(std::ostream& out, const QueryReport& report) {
  out << fitted("question", 36) << "  " << fitted("answer", 44) << "  seconds\n";
  for (const auto& result : report.results) {
    out << fitted(result.question, 36) << "  "
        << fitted(result.error ? std::string("[") + to_string(result.error->kind()) + ']' : result.answer, 44)
        << "  " << number(result.time_taken, 3, 7) << '\n';
  }
  out << report.results.size() << " questions, " << report.failed() << " failed; wall "
      << number(seconds(report.wall), 3) << " s, sum " << number(report.seconds_sum(), 3) << " s, p50 "
      << number(report.seconds_at(0.5), 3) << " s, p95 " << number(report.seconds_at(0.95), 3) << " s, p99 "
      << number(report.seconds_at(0.99), 3) << " s; " << number(report.speed_up(), 2)
      << " times as fast as one after the other; " << report.usage().total_tokens << " tokens, "
      << report.retries() << " retries, " << report.resends() << " resends, " << report.connections()
      << " new connections\n";
  if (const std::size_t refused = report.retries_refused(); refused > 0)
    out << "the retry budget was used up: " << refused << " failed calls were not retried\n";
  return out;
}

}  // namespace corochain
