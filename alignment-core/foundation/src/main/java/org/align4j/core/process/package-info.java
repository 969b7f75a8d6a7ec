/**
 * Programs of somebody else's that a run asks in JSON lines. Entry: {@link org.align4j.core.process.LineProcess}; {@link
 * org.align4j.core.process.CommandWords} reads the command that starts one. Must not depend on any package but {@code error},
 * {@code stop} and {@code files}.
 */
@NullMarked
package org.align4j.core.process;

import org.jspecify.annotations.NullMarked;
