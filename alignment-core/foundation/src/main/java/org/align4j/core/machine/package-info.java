/**
 * What this machine is: {@link org.align4j.core.machine.Processor}, {@link org.align4j.core.machine.Memory}, {@link
 * org.align4j.core.machine.Natives}; what the device that computes wants, {@link
 * org.align4j.core.machine.DeviceProfile}; what a JVM must be given, {@link org.align4j.core.machine.JvmSettings}; {@link
 * org.align4j.core.machine.CacheFolder} on its disk, and the program's {@link org.align4j.core.machine.Version}. Knows
 * no engine, no model, no data and no command.
 *
 * <p>What NVIDIA's driver says of this machine's GPUs. Entry: {@link org.align4j.core.machine.GpuReport}. Must not
 * depend on any package but {@code error} and {@code stop}.
 *
 * <p>The folder that native libraries are unpacked into and loaded from: one of the user's own ({@link
 * org.align4j.core.machine.NativeFolder}), with the content that the program brings ({@link
 * org.align4j.core.machine.UnpackedFiles}), and the CUDA runtime next to a libtorch of the user's own ({@link
 * org.align4j.core.machine.Natives.CudaRuntime}). Must not depend on any package but {@code error} and {@code files}.
 */
@NullMarked
package org.align4j.core.machine;

import org.jspecify.annotations.NullMarked;
