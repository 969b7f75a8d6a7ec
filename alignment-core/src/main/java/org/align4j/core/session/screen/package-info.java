/**
 * The doctor's checks of the rows that a training is about to learn from: {@link org.align4j.core.session.screen.RowScreen}. Must not
 * depend on a session or a model.
 */
@NullMarked
package org.align4j.core.session.screen;

import org.jspecify.annotations.NullMarked;
