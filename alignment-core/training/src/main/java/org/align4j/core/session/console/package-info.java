/**
 * What a person at the terminal sees of a run and of downloads: {@link org.align4j.core.session.console.ConsoleLog}.
 * Must not depend on a session.
 *
 * <p>The doctor's checks of the rows that a training is about to learn from: {@link
 * org.align4j.core.session.console.RowScreen}. Must not depend on a session or a model.
 */
@NullMarked
package org.align4j.core.session.console;

import org.jspecify.annotations.NullMarked;
