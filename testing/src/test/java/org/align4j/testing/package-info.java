/**
 * The program behind {@code ./test}: it builds what changed, runs the tests whose bytecode reaches it, and makes mutants; {@link
 * org.align4j.testing.Main} is where it starts. It needs a JDK and nothing of the other modules, so that {@code ./test} can start it from these
 * sources alone.
 */
package org.align4j.testing;
