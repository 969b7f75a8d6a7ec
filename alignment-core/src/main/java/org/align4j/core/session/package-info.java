/**
 * From options to what commands and Java programs work with: the model and its tokenizer ({@link
 * org.align4j.core.session.ModelSession}); rows, policy and optimizer ({@link org.align4j.core.session.TrainingSession}); and a training
 * of any method, begun, resumed and used ({@link org.align4j.core.session.OpenTraining}).
 */
@NullMarked
package org.align4j.core.session;

import org.jspecify.annotations.NullMarked;
