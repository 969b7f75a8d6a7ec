/**
 * TorchScript kernels called by name and typed, with functional autograd, on any thread. Entry: {@link
 * org.align4j.core.kernel.Engine}. It must not depend on anything but {@code core.error}, {@code core.files}, {@code
 * core.machine} and {@code core.stop}.
 *
 * <p>How the engine's threads wait for each other with other work on the machine: {@link org.align4j.core.kernel.BusyWatch}
 * looks whether processors are scarce and has {@link org.align4j.core.kernel.BusyWatch.SleepingWaits} switch libtorch's
 * threads between spinning and sleeping. Knows no kernel, no model and no command.
 *
 * <p>How text becomes kernels: written into an archive, loaded once a device through DJL's public API, run on a thread
 * with its settings. Entry: {@link org.align4j.core.kernel.LoadedKernels}. Known to {@code core.kernel} alone; must
 * not depend on it.
 */
@NullMarked
package org.align4j.core.kernel;

import org.jspecify.annotations.NullMarked;
