/**
 * What a run writes on its way besides checkpoints: {@link org.align4j.core.train.record.MetricLines its figures},
 * {@link org.align4j.core.train.record.RunWarnings its early warnings}. Must not depend on the training loop or a method.
 */
@NullMarked
package org.align4j.core.train.record;

import org.jspecify.annotations.NullMarked;
