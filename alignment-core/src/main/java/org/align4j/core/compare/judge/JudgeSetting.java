package org.align4j.core.compare.judge;

import org.align4j.core.session.options.EngineOptions;
import org.align4j.core.train.TrainingLog;

/**
 * The parts of a comparison that a judge may use.
 *
 * @param engine where and how a judge with a model of its own computes
 * @param options how judges are asked
 * @param log hears of downloads, notes and progress
 */
public record JudgeSetting(EngineOptions engine, JudgeOptions options, TrainingLog log) {}
