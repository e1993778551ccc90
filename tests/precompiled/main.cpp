// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

/// Exists for its precompiled headers, which the programs of tests share.
int main() {}
