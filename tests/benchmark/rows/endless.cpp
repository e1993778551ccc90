// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// The memory of a stream of many megabytes, beyond its text: as chunks that are dropped, as a whole message,
// and as a stream beyond the limit, whose text is in the error.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <stdexcept>

#include "clients/chain.hpp"
#include "rows/session.hpp"

namespace corochain::benchmark {
namespace {

constexpr double text_of_event = 8192;

AzureChatOpenAI model_to(const target& to, std::uint64_t limit, bool streaming) {
  AzureOptions options;
  options.azure_endpoint = to.url();
  options.azure_deployment = to.deployment;
  options.api_version = "2024-10-21";
  options.api_key = "0123456789abcdef0123456789abcdef";
  options.proxy.from_environment = false;
  options.tls.ca_pem = to.ca_pem;
  options.limits.stream = limit;
  options.streaming = streaming;
  return AzureChatOpenAI(options);
}

awaitable<double> drop_chunks(ChatModel model) {
  double bytes = 0;
  auto chunks = model.astream("What is a strand?");
  for (;;) {
    const std::optional<AIMessageChunk> chunk = co_await chunks.next();
    if (!chunk) break;
    bytes += static_cast<double>(chunk->content.size());
  }
  co_return bytes;
}

double whole_message(const ChatModel& model) {
  return static_cast<double>(model.invoke("What is a strand?").content.size());
}

double text_in_error(const ChatModel& model, bool streaming) {
  try {
    streaming ? whole_message(model) : run(drop_chunks(model));
  } catch (const TooLargeError& error) {
    return static_cast<double>(error.details().text.size());
  }
  throw std::runtime_error("the limit did not hold");
}

void endless_row(session& now, const char* what, bool streaming, bool beyond) {
  const int events = now.scaled(12'000);
  const auto all = static_cast<std::uint64_t>(events * text_of_event);
  const auto to = now.server.at(false, "streamfat-" + std::to_string(events) + "-0");
  const figures found = in_child([&]() -> figures {
    const ChatModel model = model_to(to, beyond ? all * 2 / 3 : all, streaming);
    const double before = resident_kb();
    double bytes = 0;
    if (beyond)
      bytes = text_in_error(model, streaming);
    else
      bytes = streaming ? whole_message(model) : run(drop_chunks(model));
    return {{"text_kb", bytes / 1024}, {"peak_kb", peak_resident_kb() - before}};
  });
  row made{std::string("a long stream, ") + what, "KB", {}, {}};
  for (const auto& [name, value] : found) made.measured.emplace_back(name, series{{value}});
  made.verdicts.push_back(
      {"peak of resident memory over the text", found.at("peak_kb") / found.at("text_kb"), 1.3, 1.15});
  now.results.add(std::move(made));
}

}  // namespace

void endless_stream_rows(session& now) {
  endless_row(now, "chunks that are dropped", false, false);
  endless_row(now, "read as a whole message", true, false);
  endless_row(now, "chunks, beyond the limit: the text is in the error", false, true);
  endless_row(now, "as a whole message, beyond the limit", true, true);
}

}  // namespace corochain::benchmark
