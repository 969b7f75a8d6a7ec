/** Example mains and the demo. */
@NullMarked
package org.align4j.examples;

import org.jspecify.annotations.NullMarked;
