/**
 * Figures of reward benches from scores alone: accuracy by subset, RewardBench's sections and ties score; {@link
 * org.align4j.reward.bench.BenchFigures} is the entry. Must not depend on models, training or sessions.
 */
@NullMarked
package org.align4j.reward.bench;

import org.jspecify.annotations.NullMarked;
