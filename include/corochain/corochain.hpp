// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

// The whole of corochain but for what is opt-in: corochain/testing/. It pulls in neither Beast nor OpenSSL nor
// nlohmann/json.hpp.

#include "corochain/concurrency/as_completed.hpp"
#include "corochain/concurrency/concurrency_options.hpp"
#include "corochain/concurrency/gather.hpp"
#include "corochain/concurrency/run.hpp"
#include "corochain/core/attempt.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/dict.hpp"
#include "corochain/core/error.hpp"
#include "corochain/core/few.hpp"
#include "corochain/core/message.hpp"
#include "corochain/core/query_result.hpp"
#include "corochain/core/result.hpp"
#include "corochain/core/secret.hpp"
#include "corochain/core/template_grammar.hpp"
#include "corochain/core/tls_options.hpp"
#include "corochain/core/usage.hpp"
#include "corochain/core/version.hpp"
#include "corochain/models/azure_chat_openai.hpp"
#include "corochain/models/chat_model.hpp"
#include "corochain/models/connections.hpp"
#include "corochain/observability/query_report.hpp"
#include "corochain/parsers/str_output_parser.hpp"
#include "corochain/prompts/chat_prompt_template.hpp"
#include "corochain/runnables/batch_options.hpp"
#include "corochain/runnables/in_batches.hpp"
#include "corochain/runnables/query.hpp"
#include "corochain/runnables/runnable.hpp"
#include "corochain/runnables/sequence.hpp"
