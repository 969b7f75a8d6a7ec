/**
 * TorchScript kernels written as text, loaded once a device through DJL's public API and called by name, with functional
 * autograd, on any thread. Entry: {@link org.align4j.core.kernel.Engine}. The only package that knows how text becomes a block; it must
 * not depend on anything but {@code core.error}, {@code core.files}, {@code core.machine} and {@code core.stop}.
 */
@NullMarked
package org.align4j.core.kernel;

import org.jspecify.annotations.NullMarked;
