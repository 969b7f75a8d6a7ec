package org.align4j.core.kernel;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import com.google.common.hash.Hashing;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.align4j.core.error.MemoryException;
import org.align4j.core.kernel.busy.BusyWatch;
import org.align4j.core.stop.StopSignal;
import org.jspecify.annotations.Nullable;

/**
 * The native engine on one device with the kernels loaded, one a process and device. Tensors are made and kernels run
 * inside a {@link Scope}. A stop signal is met before each kernel. Several threads may use it, each with scopes of its own, where
 * libtorch has one thread each ({@code ai.djl.pytorch.num_threads=1}); see {@link Autograd#begin}. With more, one thread alone: threads
 * that have run parallel kernels slow each other down.
 */
public final class Engine {
    private static final Map<Device, Engine> ENGINES = new ConcurrentHashMap<>();
    private static final int KEPT_CONSTANTS = 1024;

    private final Device device;
    private final boolean oneThread;
    private final NDManager root;
    private final NDManager cpu;
    private final Map<Double, NDArray> numbers = Collections.synchronizedMap(kept());
    private final Map<Long, NDArray> places = Collections.synchronizedMap(kept());
    private final Object randomNumbers = new Object();
    private final Model model;
    private final Block kernels;
    private @Nullable Model arranged;
    private boolean arrangedTried;
    private final ParameterStore parameters;

    private Engine(Device device) {
        // Forked processes and tests set it on the command line; a library user may not: results must not drift.
        if (System.getProperty("ai.djl.pytorch.graph_optimizer") == null) {
            System.setProperty("ai.djl.pytorch.graph_optimizer", "false");
        }
        this.device = device;
        this.oneThread = Integer.getInteger("ai.djl.pytorch.num_threads", 0) == 1;
        this.root = NDManager.newBaseManager(device, "PyTorch");
        this.cpu = root.newSubManager(Device.cpu());
        this.model = load("kernels", text("plain.py"), device);
        this.kernels = model.getBlock();
        this.parameters = new ParameterStore(root, false);
        try (Scope scope = open()) {
            Autograd.record(scope, false);
        }
        if (!device.isGpu()) {
            int processors = Runtime.getRuntime().availableProcessors();
            BusyWatch.over(Integer.getInteger("ai.djl.pytorch.num_threads", processors));
        }
    }

    /** The engine of a device, loaded on first use. */
    public static Engine on(Device device) {
        return ENGINES.computeIfAbsent(device, Engine::new);
    }

    /** SHA-256 of the kernels' text: what was computed with other kernels may differ in its last bits. */
    public static String kernelsHash() {
        return Hashing.sha256()
                .hashString(KernelArchive.resource("kernels.py"), StandardCharsets.UTF_8)
                .toString();
    }

    /** The engine of the CPU. */
    public static Engine cpu() {
        return on(Device.cpu());
    }

    /** Whether kernels on the CPU run on the thread that calls them alone, so that several threads may call them. */
    public boolean hasOneThread() {
        return oneThread;
    }

    public Device device() {
        return device;
    }

    /** A scope for one piece of work; its tensors live until it is closed. */
    public Scope open() {
        return new Scope(this, root.newSubManager());
    }

    /**
     * A number that kernels read, made once: each array made from Java values leaves a small buffer to the garbage collector,
     * and thousands of them a pass would hold native memory in pieces.
     */
    NDArray constant(double value) {
        return numbers.computeIfAbsent(value, v -> cpu.create(v.doubleValue()));
    }

    /** The same for a size or place. */
    NDArray constant(long value) {
        return places.computeIfAbsent(value, v -> cpu.create(new long[] {v}));
    }

    /** Who seeds and draws does so alone: the library has one generator for all threads. */
    NDArray drawing(Supplier<NDArray> draw) {
        synchronized (randomNumbers) {
            return draw.get();
        }
    }

    NDList run(NDList arguments) {
        StopSignal.throwIfStopped();
        return runUnchecked(arguments);
    }

    /** Runs without asking whether to stop: what must happen on the way out. */
    NDList runUnchecked(NDList arguments) {
        return run(kernels, arguments);
    }

    /** Whether there are kernels that read weights arranged for few rows. */
    boolean arranges() {
        if (!arrangedTried && device.getDeviceType().equals(Device.Type.CPU)) {
            try {
                arranged = load("arranged", text("arranged.py"), device);
            } catch (EngineException | IllegalStateException missing) {
                arranged = null; // This libtorch has no oneDNN: there is one way less.
            }
        }
        arrangedTried = true;
        return arranged != null;
    }

    /** Runs one of the kernels that read weights arranged for few rows. */
    NDList runArranged(NDList arguments) {
        StopSignal.throwIfStopped();
        Model loaded = arranged;
        if (!arranges() || loaded == null) {
            throw new IllegalStateException("This engine arranges no weights.");
        }
        return run(loaded.getBlock(), arguments);
    }

    private NDList run(Block block, NDList arguments) {
        try {
            return block.forward(parameters, arguments, true);
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
        return KernelArchive.resource("kernels.py") + KernelArchive.resource(own);
    }

    static Model load(String name, String text, Device device) {
        try {
            Path directory = Files.createTempDirectory("align4j-kernels");
            try {
                KernelArchive.write(directory, name, text);
                Model model = Model.newInstance(name, device, "PyTorch");
                model.load(directory, name, Map.of("trainParam", "true", "mapLocation", "true"));
                return model;
            } finally {
                Files.deleteIfExists(directory.resolve(name + ".pt"));
                Files.deleteIfExists(directory);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("The kernels could not be loaded", e);
        } catch (MalformedModelException e) {
            throw new IllegalStateException("The kernels are malformed", e);
        }
    }
}
