/**
 * From options to what a command works with: the model and its tokenizer ({@link org.align4j.core.session.ModelSession}), and
 * for training rows, policy, optimizer and run ({@link org.align4j.core.session.TrainingSession}).
 */
@NullMarked
package org.align4j.core.session;

import org.jspecify.annotations.NullMarked;
