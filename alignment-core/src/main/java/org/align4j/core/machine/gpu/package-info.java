/**
 * What NVIDIA's driver says of this machine's GPUs. Entry: {@link org.align4j.core.machine.gpu.GpuReport}. Must not depend on any package but
 * {@code error} and {@code stop}.
 */
@NullMarked
package org.align4j.core.machine.gpu;

import org.jspecify.annotations.NullMarked;
