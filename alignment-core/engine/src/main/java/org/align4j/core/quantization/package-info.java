/**
 * Weights in few bits: code books, blocks of numbers with one constant each, and the file that keeps them. Entry types:
 * {@link org.align4j.core.quantization.Quantization} says how, {@link org.align4j.core.quantization.QuantizedFile} makes and
 * opens. Deals in files and plain arrays; must not depend on tensors or models.
 */
@NullMarked
package org.align4j.core.quantization;

import org.jspecify.annotations.NullMarked;
