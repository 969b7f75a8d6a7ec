/**
 * The two ways a command can fail. {@link org.align4j.core.error.InputException}: what was given is wrong and nothing
 * was changed. {@link org.align4j.core.error.RunException}: the run itself failed. Beside them
 * what messages are made with: {@link org.align4j.core.error.RootFormat}, {@link org.align4j.core.error.Nearest}, {@link
 * org.align4j.core.error.Shortened} and {@link org.align4j.core.error.VisibleText}. Depends on nothing.
 */
@NullMarked
package org.align4j.core.error;

import org.jspecify.annotations.NullMarked;
