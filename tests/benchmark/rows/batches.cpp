// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Batches without a network: the memory of a very long one, and the cost of each of its items.
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <corochain/corochain.hpp>
#include <optional>
#include <stdexcept>
#include <string>

#include "rows/session.hpp"

namespace corochain::benchmark {
namespace {

/// An async generator of `count` questions.
class questions {
 public:
  explicit questions(int count) : left_(count) {}
  awaitable<std::optional<std::string>> next() {
    std::optional<std::string> question;
    if (left_ > 0) question.emplace("Which is strand number " + std::to_string(left_--) + '?');
    co_return question;
  }

 private:
  int left_;
};

/// A model that answers after all other ready handlers have run.
awaitable<AIMessage> answer(Messages asked) {
  const boost::asio::any_io_executor here = co_await boost::asio::this_coro::executor;
  co_await boost::asio::post(here, boost::asio::use_awaitable);
  co_return AIMessage("A strand runs one handler at a time: " + asked[asked.size() - 1].content());
}

awaitable<int> count_answers(Completions<std::string> done) {
  int count = 0;
  while (auto item = co_await done.next())
    if (!item->result.value().empty()) ++count;
  co_return count;
}

figures batch_of(int items, bool ordered) {
  return in_child([&]() -> figures {
    const auto prompt = ChatPromptTemplate::from_messages({{"system", "Be terse."}, {"human", "{question}"}});
    const auto chain = prompt | answer | StrOutputParser();
    const double start = cpu_us();
    const BatchOptions options{.max_concurrency = 64};
    auto done = ordered ? chain.abatch_ordered(questions(items), options)
                        : chain.abatch_as_completed(questions(items), options);
    if (run(count_answers(std::move(done))) != items) throw std::runtime_error("a batch lost items");
    return {{"peak_mb", peak_resident_kb() / 1024}, {"item_us", (cpu_us() - start) / items}};
  });
}

}  // namespace

void batch_rows(session& now) {
  const int many = now.scaled(1'000'000);
  for (const bool ordered : {false, true}) {
    const figures few = batch_of(1'000, ordered);
    const figures all = batch_of(many, ordered);
    row made{std::to_string(many) + " items of a generator, prompt | model | parser, 64 at once, " +
                 (ordered ? "in order" : "as completed"),
             "",
             {},
             {}};
    made.measured.emplace_back("peak of 1,000, MB", series{{few.at("peak_mb")}});
    made.measured.emplace_back("peak of all, MB", series{{all.at("peak_mb")}});
    made.measured.emplace_back("CPU per item, us", series{{all.at("item_us")}});
    made.verdicts.push_back({"growth, MB", all.at("peak_mb") - few.at("peak_mb"), 16.0, 1.0});
    now.results.add(std::move(made));
  }
}

}  // namespace corochain::benchmark
