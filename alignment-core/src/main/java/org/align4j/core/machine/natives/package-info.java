/**
 * The folder that native libraries are unpacked into and loaded from: one of the user's own
 * ({@link org.align4j.core.machine.natives.NativeFolder}), with the content that the program brings
 * ({@link org.align4j.core.machine.natives.UnpackedFiles}), and the CUDA runtime beside a libtorch of the user's own
 * ({@link org.align4j.core.machine.natives.CudaRuntime}). Must not depend on any package but {@code error} and {@code files}.
 */
@NullMarked
package org.align4j.core.machine.natives;

import org.jspecify.annotations.NullMarked;
