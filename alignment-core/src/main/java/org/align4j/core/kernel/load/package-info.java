/**
 * How text becomes kernels: written into an archive, loaded once a device through DJL's public API, run on a thread with its
 * settings. Entry: {@link org.align4j.core.kernel.load.LoadedKernels}. Known to {@code core.kernel} alone; must not depend on it.
 */
@NullMarked
package org.align4j.core.kernel.load;

import org.jspecify.annotations.NullMarked;
