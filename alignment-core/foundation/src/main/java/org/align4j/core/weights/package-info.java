/**
 * Model weights as files: safetensors read by memory map and written as a stream, shards with their index, the number
 * formats in them, and hashes. Entry types: {@link org.align4j.core.weights.WeightStore} to read a model directory,
 * {@link org.align4j.core.weights.SafetensorsWriter} to write. Deals in files, buffers and {@code float[]}; must not
 * depend on DJL or on any package but {@code error}, {@code files} and {@code stop}.
 */
@NullMarked
package org.align4j.core.weights;

import org.jspecify.annotations.NullMarked;
