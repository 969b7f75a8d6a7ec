/**
 * PyTorch's libraries for NVIDIA GPUs, fetched once and kept. Entry: {@link org.align4j.core.cuda.CudaSetup}. Must not depend on any
 * package but {@code download}, {@code error}, {@code files}, {@code machine}, {@code stop} and {@code web}.
 */
@NullMarked
package org.align4j.core.cuda;

import org.jspecify.annotations.NullMarked;
