// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Prints the functions that one call enters and leaves over a warm connection, as addresses for hops.py,
// and the moments at which it calls send(2) and recv(2). The library's functions are compiled with
// -finstrument-functions; those of this file are not. The chunk is read on a strand, as by a consumer in a
// run. With an argument, the call has a listener.

#include <sys/syscall.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <chrono>
#include <corochain/corochain.hpp>
#include <corochain/testing/mock_server.hpp>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace cc = corochain;

/// Null stands for a moment that is marked.
struct event {
  const void* function;
  const char* what;
};

// The recording is of one thread: the server of the test has another one.
thread_local std::vector<event>* events = nullptr;

void record(const void* function, const char* what) {
  if (events && events->size() < events->capacity()) events->push_back({function, what});
}

void print(const char* part, const std::vector<event>& recorded) {
  for (const event& each : recorded) std::printf("%s %s %p\n", part, each.what, each.function);
}

cc::awaitable<void> ask(cc::Runnable<cc::Dict, std::string> chain) {
  std::vector<event> recorded;
  recorded.reserve(1 << 16);
  cc::Dict question{{"question", "What is a strand?"}};
  events = &recorded;
  const std::string answer = co_await chain.ainvoke(std::move(question));
  events = nullptr;
  print("call", recorded);
}

cc::awaitable<void> read_chunk(cc::Runnable<cc::Dict, std::string> chain) {
  std::vector<event> recorded;
  recorded.reserve(1 << 16);
  auto tokens = chain.astream({{"question", "What is a strand?"}});
  auto chunk = co_await tokens.next();
  events = &recorded;
  chunk = co_await tokens.next();
  events = nullptr;
  print("chunk", recorded);
  while (chunk) chunk = co_await tokens.next();
}

void complete(boost::asio::io_context& context, const boost::asio::any_io_executor& on,
              cc::awaitable<void> work) {
  boost::asio::co_spawn(on, std::move(work), [](const std::exception_ptr& error) {
    if (error) std::rethrow_exception(error);
  });
  context.run();
  context.restart();
}

cc::awaitable<void> warm_up(cc::Runnable<cc::Dict, std::string> chain) {
  for (int i = 0; i < 3; ++i) {
    const std::string answer = co_await chain.ainvoke({{"question", "What is a strand?"}});
  }
}

}  // namespace

extern "C" {
void __cyg_profile_func_enter(void* function, void*) { record(function, "enter"); }
void __cyg_profile_func_exit(void* function, void*) { record(function, "leave"); }

// These take the place of the system's.
ssize_t send(int socket, const void* bytes, std::size_t size, int flags) {
  record(nullptr, "send");
  return ::syscall(SYS_sendto, socket, bytes, size, flags, nullptr, 0);
}
ssize_t recv(int socket, void* bytes, std::size_t size, int flags) {
  record(nullptr, "recv");
  return ::syscall(SYS_recvfrom, socket, bytes, size, flags, nullptr, nullptr);
}
}

int main(int arguments, char**) {
  cc::testing::MockServer server;
  server.respond_with([](const cc::testing::RecordedRequest& request) {
    using cc::testing::MockReply;
    if (request.body.find("\"stream\":true") == std::string::npos) return MockReply::chat("A serial queue.");
    return MockReply::stream({"A", " serial", " queue", "."}).chunk_interval(std::chrono::milliseconds(50));
  });
  cc::AzureOptions options;
  options.azure_endpoint = server.endpoint();
  options.azure_deployment = "gpt-4o-mini";
  options.api_version = "2024-10-21";
  options.api_key = "key";
  options.tls.ca_pem = server.ca_pem();
  const auto prompt =
      cc::ChatPromptTemplate::from_messages({{"system", "Be terse."}, {"human", "{question}"}});
  cc::Runnable<cc::Dict, std::string> chain = prompt | cc::AzureChatOpenAI(options) | cc::StrOutputParser();
  if (arguments > 1)
    chain = chain.with_config(cc::RunConfig().callback(std::make_shared<cc::CallbackHandler>()));
  boost::asio::io_context context;
  const boost::asio::any_io_executor loop = context.get_executor(),
                                     strand = boost::asio::make_strand(context);
  complete(context, loop, warm_up(chain));
  complete(context, loop, ask(chain));
  complete(context, strand, read_chunk(chain));
}
