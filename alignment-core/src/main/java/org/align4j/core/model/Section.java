package org.align4j.core.model;

import ai.djl.ndarray.NDArray;
import org.align4j.core.kernel.FileMap;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;

/**
 * Part of a file as a tensor, mapped anew at each use: pages that were read leave the process with the scope.
 *
 * @param map of the file in the tensor's type
 * @param begin {@code [1]} int64 elements before it
 * @param shape {@code [axes]} int64
 */
record Section(FileMap map, NDArray begin, NDArray shape) {

    /** The tensor on the engine's device. */
    NDArray in(Scope scope) {
        NDArray view = TensorKernels.view(scope, map.map(scope), begin, shape);
        return scope.engine().profile().readsFilesInPlace() ? view : TensorKernels.onDevice(scope, view);
    }
}
