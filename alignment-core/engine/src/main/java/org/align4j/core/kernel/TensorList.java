package org.align4j.core.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.List;

/**
 * Tensors that kernels take as one list, named once for their role. The members are aliases of the given tensors (same
 * memory, same place in the gradient graph), so that a tensor may be in several lists and alone too.
 */
public final class TensorList {
    private final NDList members;

    private TensorList(NDList members) {
        this.members = members;
    }

    /** Aliases owned by {@code scope}, under a role that is unique within any one call. */
    public static TensorList of(Scope scope, String role, List<NDArray> tensors) {
        NDList members = new NDList(tensors.size());
        for (NDArray tensor : tensors) {
            NDArray alias = scope.call("alias", tensor);
            alias.setName(role + "[]");
            members.add(alias);
        }
        return new TensorList(members);
    }

    /** Tensors that are in no other list and are given alone to no kernel: they take the role themselves. */
    static TensorList named(String role, NDList tensors) {
        tensors.forEach(tensor -> tensor.setName(role + "[]"));
        return new TensorList(tensors);
    }

    public int size() {
        return members.size();
    }

    public boolean isEmpty() {
        return members.isEmpty();
    }

    NDList members() {
        return members;
    }
}
