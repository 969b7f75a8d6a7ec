package org.align4j.core.kernel;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import ai.djl.util.cuda.CudaUtils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.MemoryUsage;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.align4j.core.error.MemoryException;
import org.align4j.core.files.Folders;
import org.align4j.core.machine.DeviceGauge;
import org.align4j.core.machine.DeviceMemory;
import org.align4j.core.machine.DeviceProfile;
import org.align4j.core.machine.Memory;
import org.align4j.core.machine.Natives;
import org.jspecify.annotations.Nullable;

/** The kernels as they lie on one device, with the constants that they read: one per process and device, for all its threads. */
final class LoadedKernels implements DeviceGauge {
    private static final Map<Device, LoadedKernels> LOADED = new ConcurrentHashMap<>();
    private static final Object RANDOM_NUMBERS = new Object();
    private static final int KEPT_CONSTANTS = 1024;
    private static final Shape ONE = new Shape(1);

    /** Only tests, from within this package, put another one in its place. */
    private static volatile Caller caller =
            (block, parameters, arguments) -> block.forward(parameters, arguments, true);

    private final Device device;
    private final @Nullable DeviceMemory memory;
    private final DeviceProfile profile;
    private final NDManager root;
    private final NDManager cpu;
    private final Map<Double, NDArray> numbers = Collections.synchronizedMap(kept());
    private final Map<Long, NDArray> places = Collections.synchronizedMap(kept());
    private final Model model;
    private final ParameterStore parameters;
    private @Nullable Model arranged;
    private boolean arrangedTried;
    private @Nullable Boolean arranges;

    /** Calls a kernel: the one way to all of them, which a test replaces so that one is refused memory. */
    @FunctionalInterface
    interface Caller {
        /** Returns what the kernel that the first argument names makes of the others. */
        NDList call(Block block, ParameterStore parameters, NDList arguments);
    }

    private LoadedKernels(Device device) {
        Natives.prepareEngine();
        this.device = device;
        this.memory = device.isGpu() ? new DeviceMemory(() -> free(device)) : null;
        this.profile = memory == null
                ? DeviceProfile.cpu(Memory.current())
                : DeviceProfile.gpu(device.getDeviceId(), memory.freeAtFirst());
        this.root = NDManager.newBaseManager(device, "PyTorch");
        this.cpu = root.newSubManager(Device.cpu());
        this.model = load("kernels", text("plain.py"), device);
        this.parameters = new ParameterStore(root, false);
    }

    /** Returns the kernels on a device, loaded when they are first asked for. */
    public static LoadedKernels on(Device device) {
        return LOADED.computeIfAbsent(device, LoadedKernels::new);
    }

    /** Takes another caller from the next kernel on and answers with the former one. */
    static synchronized Caller replace(Caller other) {
        Caller former = caller;
        caller = other;
        return former;
    }

    public Device device() {
        return device;
    }

    private static long free(Device gpu) {
        MemoryUsage usage = CudaUtils.getGpuMemory(gpu);
        return usage.getMax() - usage.getCommitted();
    }

    public DeviceProfile profile() {
        return profile;
    }

    @Override
    public OptionalLong peakBytes() {
        return memory == null ? PROCESSOR.peakBytes() : OptionalLong.of(memory.peak());
    }

    @Override
    public long nanoTime() {
        if (profile.runsAhead()) {
            try (NDManager manager = newManager()) {
                manager.zeros(ONE).toFloatArray(); // a number comes back after all that was asked for before it
            }
        }
        return System.nanoTime();
    }

    /** Makes a manager for the tensors of one piece of work. */
    public NDManager newManager() {
        return root.newSubManager();
    }

    /**
     * Returns a number that kernels read, made once: each array made from Java values leaves a small buffer to the garbage
     * collector, and thousands of them a pass would hold native memory in pieces.
     */
    public NDArray constant(double value) {
        return numbers.computeIfAbsent(value, v -> cpu.create(v.doubleValue()));
    }

    /** Returns a size or place that kernels read, made once like a number. */
    public NDArray constant(long value) {
        return places.computeIfAbsent(value, v -> cpu.create(new long[] {v}));
    }

    /** Runs a draw that seeds first, alone: the library has one generator for all threads. */
    public NDArray drawing(Supplier<NDArray> draw) {
        synchronized (RANDOM_NUMBERS) {
            return draw.get();
        }
    }

    public NDList run(NDList arguments) {
        return run(model.getBlock(), arguments);
    }

    /**
     * Returns whether there are kernels that read weights arranged for few rows, and the processor has what they need.
     *
     * @param trial arranges something, once per process
     */
    public synchronized boolean arranges(BooleanSupplier trial) {
        if (arranges == null) {
            arranges = arranged() != null && trial.getAsBoolean();
        }
        return arranges;
    }

    /** Runs one of the kernels that read weights arranged for few rows. */
    public NDList runArranged(NDList arguments) {
        Model loaded = arranged();
        if (loaded == null) {
            throw new IllegalStateException("This engine arranges no weights.");
        }
        return run(loaded.getBlock(), arguments);
    }

    private synchronized @Nullable Model arranged() {
        if (!arrangedTried && !profile.apart()) {
            try {
                arranged = load("arranged", text("arranged.py"), device);
            } catch (EngineException | IllegalStateException missing) {
                arranged = null; // This libtorch has no oneDNN: there is one way less.
            }
        }
        arrangedTried = true;
        return arranged;
    }

    private NDList run(Block block, NDList arguments) {
        try {
            return caller.call(block, parameters, arguments);
        } catch (EngineException failed) {
            throw MemoryException.isOne(failed) ? new MemoryException(failed) : failed;
        }
    }

    /** A map that closes what was not asked for longest, once it holds many. */
    private static <K> Map<K, NDArray> kept() {
        return new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<K, NDArray> eldest) {
                boolean full = size() > KEPT_CONSTANTS;
                if (full) {
                    eldest.getValue().close();
                }
                return full;
            }
        };
    }

    /** All kernels, with the one method that they lack. */
    private static String text(String own) {
        return KernelArchive.resource("kernels.py") + KernelArchive.resource("queue.py") + KernelArchive.resource(own);
    }

    public static Model load(String name, String text, Device device) {
        try {
            Path directory = Folders.makeTemporary("align4j-kernels");
            try {
                KernelArchive.write(directory, name, text);
                Model model = Model.newInstance(name, device, "PyTorch");
                model.load(directory, name, Map.of("trainParam", "true", "mapLocation", "true"));
                return model;
            } finally {
                Folders.deleteTree(directory);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("The kernels could not be loaded", e);
        } catch (MalformedModelException e) {
            throw new IllegalStateException("The kernels are malformed", e);
        }
    }
}
