/** What a large model takes, measured on few of its layers; entry {@link org.align4j.examples.memory.WideLayers}. */
@NullMarked
package org.align4j.examples.memory;

import org.jspecify.annotations.NullMarked;
