/**
 * Token sequences laid end to end without padding, a prompt computed once for all its responses. Entry:
 * {@link org.align4j.core.pack.PackedBatch}. Plain Java arrays; must not depend on the engine.
 */
@NullMarked
package org.align4j.core.pack;

import org.jspecify.annotations.NullMarked;
