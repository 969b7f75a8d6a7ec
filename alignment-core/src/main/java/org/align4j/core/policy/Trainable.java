package org.align4j.core.policy;

import ai.djl.ndarray.NDArray;

/**
 * One trained tensor.
 *
 * @param name as its file has it
 * @param parameter the base's parameter that it stands for, or the place of a low-rank matrix in the model
 * @param master fp32
 * @param leaf in the compute dtype, in the gradient graph
 * @param gradient fp32, of the shape of {@code master}
 * @param decays whether weight decay applies
 */
public record Trainable(String name, String parameter, NDArray master, NDArray leaf, NDArray gradient, boolean decays) {

    /** Whether passes read the master itself, because that is in the compute dtype already. */
    public boolean readsMaster() {
        return leaf.getDataType().equals(master.getDataType());
    }
}
