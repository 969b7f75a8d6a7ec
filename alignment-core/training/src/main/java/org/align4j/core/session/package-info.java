/**
 * From options to what commands and Java programs work with: the model and its tokenizer ({@link
 * org.align4j.core.session.ModelSession}); rows, policy and optimizer ({@link
 * org.align4j.core.session.TrainingSession}); and a training of any method, begun, resumed and used ({@link
 * org.align4j.core.session.OpenTraining}).
 *
 * <p>What is asked of a policy besides its method's figures: {@link org.align4j.core.session.SampleAnswers answers
 * to prompts}, {@link org.align4j.core.session.Guard what shows forgetting}. Must not depend on a session.
 *
 * <p>What a finished run leaves: the full model's files ({@link org.align4j.core.session.FullModelFiles}), the
 * model card ({@link org.align4j.core.session.RunCard}). Must not depend on a policy, a session or the training
 * loop.
 */
@NullMarked
package org.align4j.core.session;

import org.jspecify.annotations.NullMarked;
