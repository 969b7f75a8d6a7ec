/**
 * The commands that run a model without training it: {@link org.align4j.core.cli.model.LogProbsCommand},
 * {@link org.align4j.core.cli.model.GenerateCommand}, {@link org.align4j.core.cli.model.ChatCommand} and
 * {@link org.align4j.core.cli.model.MergeCommand}. Must not depend on training.
 */
@NullMarked
package org.align4j.core.cli.model;

import org.jspecify.annotations.NullMarked;
