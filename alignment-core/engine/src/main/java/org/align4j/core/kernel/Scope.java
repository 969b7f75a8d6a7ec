package org.align4j.core.kernel;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The owner of the tensors of one piece of work, whichever threads do it. Everything a kernel returns belongs to the scope it was called in and
 * lives until the scope is closed or the tensor is handed to another scope.
 *
 * <p>Tensors made from Java arrays use Java's memory, which lives as long as that very tensor: what a kernel returns may be
 * the same memory under another handle, so {@link TensorKernels#copy} what must outlive its source.
 */
public final class Scope implements AutoCloseable {
    private static final Shape ONE = new Shape(1);

    private final Engine engine;
    private final NDManager manager;
    private final NDManager cpu;
    private final Map<String, NDArray> selectors = new ConcurrentHashMap<>();

    Scope(Engine engine, NDManager manager) {
        this.engine = engine;
        this.manager = manager;
        this.cpu = engine.profile().apart() ? manager.newSubManager(Device.cpu()) : manager;
    }

    public Engine engine() {
        return engine;
    }

    /** Returns DJL's view of this scope. */
    public NDManager manager() {
        return manager;
    }

    /** A scope inside this one, closed with it at the latest. */
    public Scope inner() {
        engine.prepareThread();
        return new Scope(engine, manager.newSubManager());
    }

    /** Hands a tensor of another scope to this one. */
    public NDArray keep(NDArray tensor) {
        tensor.attach(manager);
        return tensor;
    }

    /** Makes {@code [values]} fp32 on the device of this scope. */
    public NDArray floats(float... values) {
        return manager.create(values);
    }

    /** Makes {@code shape} fp32 from row-major values. */
    public NDArray floats(float[] values, long... shape) {
        return manager.create(values, new Shape(shape));
    }

    /** Makes {@code shape} fp32 zeros. */
    public NDArray zeros(long... shape) {
        return manager.zeros(new Shape(shape));
    }

    /** Makes {@code [values]} int64 on the device of this scope. */
    public NDArray longs(long... values) {
        return manager.create(values);
    }

    /** Makes {@code [values]} int32 on the device of this scope. */
    public NDArray ints(int... values) {
        return manager.create(values);
    }

    /** Makes {@code [values]} int64 that kernels read as sizes and places: always on the CPU. */
    public NDArray places(long... values) {
        return values.length == 1 ? engine.constant(values[0]) : cpu.create(values);
    }

    /**
     * Makes {@code [values]} int64 on the CPU for this scope, for sizes and places that are kept and used again and again.
     */
    public NDArray ownPlaces(long... values) {
        return cpu.create(values);
    }

    /** Makes a number for a kernel: 0-d float64 on the CPU. */
    public NDArray number(double value) {
        return engine.constant(value);
    }

    /**
     * Makes a seed for a kernel: {@code [1]} int64 on the CPU. Unlike sizes it hardly comes twice, so that it is not kept.
     */
    NDArray seed(long value) {
        return cpu.create(new long[] {value});
    }

    /** Makes several numbers for a kernel: float64 on the CPU. */
    public NDArray numbers(double... values) {
        return cpu.create(values);
    }

    /** Returns the bytes of a piece of what kernels make piece by piece, as they read it. */
    NDArray pieceBytes() {
        return places(engine.profile().pieces().values());
    }

    /** Returns a tensor that says where this scope's lie; it has no value. */
    NDArray anchor() {
        return manager.create(ONE);
    }

    /** Runs a kernel that returns one tensor. */
    NDArray call(String kernel, NDArray... arguments) {
        return callAll(kernel, arguments).singletonOrThrow();
    }

    /** Runs a kernel that returns a list of tensors. */
    NDList callAll(String kernel, NDArray... arguments) {
        NDList list = new NDList(arguments.length + 1);
        list.add(selector(kernel));
        for (NDArray argument : arguments) {
            list.add(argument);
        }
        return engine.run(list);
    }

    /** Runs a kernel whose arguments hold lists. */
    NDArray call(String kernel, NDList arguments) {
        return callAll(kernel, arguments).singletonOrThrow();
    }

    /** Runs a kernel whose arguments hold lists and that returns a list of tensors. */
    NDList callAll(String kernel, NDList arguments) {
        NDList list = new NDList(arguments.size() + 1);
        list.add(selector(kernel));
        list.addAll(arguments);
        return engine.run(list);
    }

    /** Runs one of the kernels that read weights arranged for few rows. */
    NDArray callArranged(String kernel, NDList arguments) {
        NDList list = new NDList(arguments.size() + 1);
        list.add(selector(kernel));
        list.addAll(arguments);
        return engine.runArranged(list).singletonOrThrow();
    }

    /** The array whose name selects a method; the first argument, so results belong to this scope. */
    private NDArray selector(String kernel) {
        return selectors.computeIfAbsent(kernel, name -> {
            NDArray array = manager.create(ONE); // never read: no kernel fills it
            array.setName("module_method:" + name);
            return array;
        });
    }

    @Override
    public void close() {
        selectors.clear();
        manager.close();
    }
}
