/**
 * What a person at the terminal sees of a run and of downloads: {@link org.align4j.core.session.console.ConsoleLog}. Must not depend on
 * a session.
 */
@NullMarked
package org.align4j.core.session.console;

import org.jspecify.annotations.NullMarked;
