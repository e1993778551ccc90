// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/message_history.hpp"

#include <boost/asio/this_coro.hpp>
#include <map>
#include <mutex>
#include <vector>

#include "concurrency/async_mutex.hpp"
#include "concurrency/permit_wait.hpp"
#include "concurrency/run_context.hpp"
#include "concurrency/run_settings.hpp"
#include "corochain/concurrency/detail/enter_run.hpp"
#include "corochain/core/error.hpp"

namespace corochain {
namespace asio = boost::asio;

ChatMessageHistoryStore::~ChatMessageHistoryStore() = default;

MessageHistoryKeys::MessageHistoryKeys() = default;
MessageHistoryKeys::MessageHistoryKeys(std::string input, std::string output, std::string history)
    : input_messages_key(std::move(input)),
      output_messages_key(std::move(output)),
      history_messages_key(std::move(history)) {}

// ---- InMemoryChatMessageHistory

struct InMemoryChatMessageHistory::state {
  mutable std::mutex mutex;
  std::map<std::string, std::vector<Message>> sessions;
};

InMemoryChatMessageHistory::InMemoryChatMessageHistory() : state_(std::make_shared<state>()) {}

Messages InMemoryChatMessageHistory::messages(const std::string& session) const {
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->sessions.find(session);
  return Messages(found == state_->sessions.end() ? std::vector<Message>() : found->second);
}
void InMemoryChatMessageHistory::clear(const std::string& session) {
  const std::lock_guard lock(state_->mutex);
  state_->sessions.erase(session);
}
awaitable<Messages> InMemoryChatMessageHistory::load(std::string session) { co_return messages(session); }
awaitable<void> InMemoryChatMessageHistory::append(std::string session, Messages added) {
  const std::lock_guard lock(state_->mutex);
  auto& all = state_->sessions[session];
  all.insert(all.end(), added.begin(), added.end());
  co_return;
}

// ---- runs

namespace detail {

struct history_state {
  std::shared_ptr<ChatMessageHistoryStore> store;
  MessageHistoryKeys keys;

  std::shared_ptr<async_mutex> turns_of(const std::string& session) {
    const std::lock_guard lock(mutex_);
    std::erase_if(turns_, [](const auto& each) { return each.second.expired(); });
    auto& known = turns_[session];
    auto found = known.lock();
    if (!found) known = found = std::make_shared<async_mutex>();
    return found;
  }

 private:
  std::mutex mutex_;
  // One for each session that is in use.
  std::map<std::string, std::weak_ptr<async_mutex>> turns_;
};

struct history_visit::session {
  std::string id;
  std::vector<Message> said;
  std::optional<async_mutex::lock> pass;
};

namespace {

std::string session_id(const run_context& context) {
  const Value* id = nullptr;
  if (context.settings) id = context.settings->configurable.find("session_id");
  if (!id)
    throw ConfigError(
        "a RunnableWithMessageHistory was called without a session_id; give one with the call: "
        "RunConfig().configurable(\"session_id\", \"...\")");
  const auto* text = id->get_if<std::string>();
  if (!text)
    throw ConfigError("the session_id of a RunnableWithMessageHistory must be a text, not " +
                      id->type_name());
  return *text;
}

/// Converts the value of an input or output to messages and adds them.
void add_messages(std::vector<Message>& to, const Value& value, bool of_model, const std::string& key) {
  if (const auto* text = value.get_if<std::string>())
    to.push_back(of_model ? Message::ai(*text) : Message::human(*text));
  else if (const auto* answer = value.get_if<AIMessage>())
    to.push_back(answer->to_message());
  else if (const auto* messages = value.get_if<Messages>())
    to.insert(to.end(), messages->begin(), messages->end());
  else if (const auto* message = value.get_if<Message>())
    to.push_back(*message);
  else
    throw PromptError("a message history takes '" + key +
                      "' as a text, an AIMessage or Messages, but it is of type " + value.type_name());
}

/// Awaits a use of a store, which is user code and so gets the context on its executor.
awaitable<void> below(const call_context& context, awaitable<void> use) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  if (!is_on(here, context)) use = run_on(context, std::move(use));
  co_await std::move(use);
}

}  // namespace

std::shared_ptr<history_state> make_history(std::shared_ptr<ChatMessageHistoryStore> store,
                                            MessageHistoryKeys keys) {
  if (!store)
    throw ConfigError(
        "a RunnableWithMessageHistory was given no store; give it an InMemoryChatMessageHistory");
  if (keys.input_messages_key.empty() || keys.history_messages_key.empty())
    throw ConfigError("a RunnableWithMessageHistory needs an input_messages_key and a history_messages_key");
  auto made = std::make_shared<history_state>();
  made->store = std::move(store);
  made->keys = std::move(keys);
  return made;
}

history_visit::history_visit(std::shared_ptr<history_state> state) : state_(std::move(state)) {}
history_visit::~history_visit() = default;

awaitable<void> history_visit::begin(const call_context& context, Dict& input) {
  session_ = std::make_unique<session>();
  session_->id = session_id(*context.state());
  const MessageHistoryKeys& keys = state_->keys;
  if (input.bare_text()) {
    std::string text = *input.bare_text();
    input = Dict();
    input.set(keys.input_messages_key, std::move(text));
  }
  add_messages(session_->said, input.at(keys.input_messages_key), false, keys.input_messages_key);
  auto turn = keep(async_mutex::acquire(state_->turns_of(session_->id)), session_->pass);
  co_await without_permit(context, std::move(turn));
  std::optional<Messages> before;
  auto load = keep(state_->store->load(session_->id), before);
  co_await below(context, std::move(load));
  input.set(keys.history_messages_key, std::move(*before));
}

awaitable<void> history_visit::finish(const call_context& context, Value output) {
  const auto* parts = output.get_if<Dict>();
  const std::string& key = state_->keys.output_messages_key;
  if (parts)
    add_messages(session_->said, parts->at(key), true, key);
  else
    add_messages(session_->said, output, true, "output");
  Messages said(std::move(session_->said));
  co_await below(context, state_->store->append(session_->id, std::move(said)));
  leave();
}

void history_visit::leave() noexcept {
  if (session_) session_->pass.reset();
}

}  // namespace detail
}  // namespace corochain
