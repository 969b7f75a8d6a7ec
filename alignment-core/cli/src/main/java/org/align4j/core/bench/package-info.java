/**
 * Speed and memory of training steps and of generation, measured. Entry: {@link org.align4j.core.bench.Benchmark}. Must not know
 * a method.
 */
@NullMarked
package org.align4j.core.bench;

import org.jspecify.annotations.NullMarked;
