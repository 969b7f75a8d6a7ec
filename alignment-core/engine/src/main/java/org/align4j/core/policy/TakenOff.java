package org.align4j.core.policy;

import ai.djl.ndarray.NDArray;

/**
 * A frozen tensor that is taken off a trained one: what a low-rank pair started with, where it started large.
 *
 * @param name of the trained tensor
 * @param master fp32
 * @param value in the compute dtype
 */
record TakenOff(String name, NDArray master, NDArray value) {}
