/**
 * A JShell with all of Align4J in it: {@code align jshell}; entry {@link org.align4j.examples.shell.ShellCommand}. It must not depend on
 * the engine, nor on the methods: what a learner types knows them.
 */
@NullMarked
package org.align4j.examples.shell;

import org.jspecify.annotations.NullMarked;
