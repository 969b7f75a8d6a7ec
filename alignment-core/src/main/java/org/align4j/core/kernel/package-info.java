/**
 * TorchScript kernels called by name and typed, with functional autograd, on any thread. Entry:
 * {@link org.align4j.core.kernel.Engine}. It must not depend on anything but {@code core.error}, {@code core.files}, {@code core.machine}
 * and {@code core.stop}.
 */
@NullMarked
package org.align4j.core.kernel;

import org.jspecify.annotations.NullMarked;
