/** Example mains and the command that runs them; entry {@link org.align4j.examples.ExampleCommand}. */
@NullMarked
package org.align4j.examples;

import org.jspecify.annotations.NullMarked;
