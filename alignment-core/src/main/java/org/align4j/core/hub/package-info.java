/**
 * Models by name: {@code org/name[@revision]} in the Hugging Face cache layout, downloaded when missing. Entry type:
 * {@link org.align4j.core.hub.Hub}. Depends on {@code error} only.
 */
@NullMarked
package org.align4j.core.hub;

import org.jspecify.annotations.NullMarked;
