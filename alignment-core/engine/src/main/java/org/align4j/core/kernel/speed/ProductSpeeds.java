package org.align4j.core.kernel.speed;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.files.AtomicFile;
import org.align4j.core.files.Folders;
import org.align4j.core.files.Json;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.StepKernels;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.machine.CacheFolder;
import org.align4j.core.machine.DeviceProfile;
import org.jspecify.annotations.Nullable;

/**
 * The speeds of matrix products on this machine's CPU in fp32 and in bf16, measured at an engine's first start and kept in the cache
 * folder by processor, libtorch, threads and the variables that limit instructions. Flags of a processor don't tell them: with {@code
 * avx512_bf16} alone bf16 is half as fast as fp32 on one processor and twice as fast on another.
 *
 * @param figures with few rows first
 * @param note what people should know of the kept file; empty where nothing was wrong with it
 */
public record ProductSpeeds(List<Figure> figures, Optional<String> note) {
    /** The environment variable that says what auto takes without a measurement: {@code bf16} or {@code fp32}. */
    public static final String PINNED = "ALIGN4J_PRODUCTS";

    /** The rows of a product in training. */
    public static final int TRAINING = 1024;

    /** The rows of a step that makes answers. */
    private static final int DECODING = 8;

    /** The most rows of steps that read weights arranged for few rows. */
    private static final int FEW = 32;

    /** How many times as fast products in bf16 must be to be chosen: fp32 is the more exact, and no noise of a busy machine is to decide. */
    private static final double MARGIN = 1.15;

    private static final List<Integer> ROWS = List.of(1, DECODING, FEW, TRAINING);
    private static final int INPUTS = 1536;
    private static final int OUTPUTS = 512;

    /** Seconds of processor time for the repetitions of one number of rows; the largest takes its few in any case. */
    private static final double SHARE = 0.2;

    /** Where products of few rows are this many times slower in bf16, none of more rows is tried: there is no hardware for it. */
    private static final double HOPELESS = 4;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private static final Map<Integer, ProductSpeeds> KNOWN = new ConcurrentHashMap<>();

    /**
     * The speeds of products of one size.
     *
     * @param rows of the product
     * @param fp32 GFLOP a second in fp32
     * @param bf16 GFLOP a second in bf16, of few rows with a matrix arranged for them, as answers are made
     */
    public record Figure(int rows, double fp32, double bf16) {
        boolean isPossible() {
            return rows > 0 && fp32 > 0 && bf16 > 0 && Double.isFinite(fp32) && Double.isFinite(bf16);
        }
    }

    /**
     * What a file holds.
     *
     * @param kind of processor
     * @param threads of the engine
     */
    private record Kept(String kind, int threads, List<Figure> figures) {
        boolean isOf(Kept asked) {
            return kind != null
                    && figures != null
                    && kind.equals(asked.kind)
                    && threads == asked.threads
                    && figures.stream().map(Figure::rows).toList().equals(ROWS)
                    && figures.stream().allMatch(Figure::isPossible);
        }
    }

    /** Copies the figures. */
    public ProductSpeeds {
        figures = List.copyOf(figures);
    }

    /**
     * Returns the dtype in which an engine's large products are fastest: bf16 on a GPU, on a CPU as measured, or as {@value #PINNED}
     * says.
     *
     * @throws InputException where that variable is something else
     */
    public static Dtype fastest(Engine engine) {
        return fastest(engine.profile(), System.getenv(PINNED), () -> of(engine));
    }

    static Dtype fastest(DeviceProfile device, @Nullable String pinned, Supplier<ProductSpeeds> measured) {
        return device.apart()
                ? Dtype.BF16
                : pinned(pinned).orElseGet(() -> measured.get().fastest());
    }

    /**
     * Returns whether an engine's steps of few rows, whose time goes into reading weights, are faster by weights in bf16: so they are on a
     * GPU, on a CPU as measured, or as {@value #PINNED} says.
     */
    public static boolean readsBf16(Engine engine) {
        return readsBf16(engine.profile(), System.getenv(PINNED), () -> of(engine));
    }

    static boolean readsBf16(DeviceProfile device, @Nullable String pinned, Supplier<ProductSpeeds> measured) {
        return device.apart()
                || pinned(pinned)
                        .map(Dtype.BF16::equals)
                        .orElseGet(() -> measured.get().readsBf16());
    }

    /** Returns the dtype that a variable pins; empty where it isn't set. */
    static Optional<Dtype> pinned(@Nullable String value) {
        if (value == null || value.isBlank()) {
            return Optional.empty();
        }
        return Optional.of(
                switch (value) {
                    case "bf16" -> Dtype.BF16;
                    case "fp32" -> Dtype.F32;
                    default ->
                        throw new InputException(PINNED + " is " + value
                                + " but must be bf16 or fp32; unset it to have products measured.");
                });
    }

    /** Returns the speeds of an engine of the CPU: as kept, or measured now, which takes half a second of processor time. */
    public static ProductSpeeds of(Engine engine) {
        return KNOWN.computeIfAbsent(
                engine.threads(), threads -> in(CacheFolder.products(), ProcessorKind.here(), engine));
    }

    /** Returns what was read or measured of an engine's speeds in this process; empty where nobody asked. */
    public static Optional<ProductSpeeds> known(Engine engine) {
        return Optional.ofNullable(KNOWN.get(engine.threads()));
    }

    /** Returns the speeds kept in a folder for a kind of processor, or measures and keeps them. */
    static ProductSpeeds in(Path folder, ProcessorKind kind, Engine engine) {
        Path file = folder.resolve(kind.hash(engine.threads()) + ".json");
        Kept asked = new Kept(kind.toString(), engine.threads(), List.of());
        @Nullable String note = null;
        if (Files.exists(file)) {
            try {
                Kept kept = Json.read(file, Kept.class);
                if (kept != null && kept.isOf(asked)) {
                    return new ProductSpeeds(kept.figures, Optional.empty());
                }
                note = file + " holds no speeds of this processor; they were measured again.";
            } catch (JsonProcessingException e) {
                note = file + " is damaged; the speeds of products were measured again.";
            } catch (IOException e) {
                note = file + " can't be read (" + FileFailure.reason(e)
                        + "); the speeds of products were measured again.";
            }
        }
        List<Figure> figures = measured(engine);
        try {
            Folders.make(folder);
            AtomicFile.write(file, Json.document(new Kept(asked.kind, asked.threads, figures)));
        } catch (IOException e) {
            note = "The speeds of products can't be kept in " + file + " (" + FileFailure.reason(e)
                    + "), so that every start measures them.";
        }
        return new ProductSpeeds(figures, Optional.ofNullable(note));
    }

    /** Returns the dtype of the faster products in training, bf16 only where it is faster by a margin. */
    public Dtype fastest() {
        Figure training = figures.get(figures.size() - 1);
        return training.bf16 >= MARGIN * training.fp32 ? Dtype.BF16 : Dtype.F32;
    }

    /** Returns whether steps of few rows are faster by weights in bf16, by a margin. */
    public boolean readsBf16() {
        return figures.stream()
                .filter(figure -> figure.rows == DECODING)
                .anyMatch(figure -> figure.bf16 >= MARGIN * figure.fp32);
    }

    private static List<Figure> measured(Engine engine) {
        List<Figure> figures = new ArrayList<>();
        try (Scope scope = engine.open()) {
            Operands fp32 = Operands.of(scope, Dtype.F32);
            Operands bf16 = Operands.of(scope, Dtype.BF16);
            double budget = SHARE / engine.threads();
            double slowest = Double.MAX_VALUE;
            for (int rows : ROWS) {
                boolean tries = slowest > 1 / HOPELESS;
                Operands second = tries ? bf16 : fp32;
                fp32.seconds(scope, rows);
                second.seconds(scope, rows);
                Race race = Race.of(() -> fp32.seconds(scope, rows), () -> second.seconds(scope, rows), budget);
                double flop = 2.0 * rows * INPUTS * OUTPUTS;
                Figure figure = new Figure(rows, flop / race.first() / 1e9, flop / race.second() / 1e9);
                figures.add(tries ? figure : new Figure(rows, figure.fp32, figure.fp32 * slowest));
                slowest = Math.min(slowest, figure.bf16 / figure.fp32);
            }
        }
        return figures;
    }

    /**
     * Reads the processor time of this thread, which computes its share of every product: other programs take none of it. The clock on the
     * wall where Java doesn't count it.
     */
    private static long nanoTime() {
        return THREADS.isCurrentThreadCpuTimeSupported() ? THREADS.getCurrentThreadCpuTime() : System.nanoTime();
    }

    /** The rows and the matrix of a product in one dtype. */
    private record Operands(
            Map<Integer, NDArray> rows,
            NDArray weight,
            @Nullable NDArray arranged) {
        static Operands of(Scope scope, Dtype dtype) {
            Random random = new Random(1);
            Map<Integer, NDArray> rows = new ConcurrentHashMap<>();
            for (int count : ROWS) {
                rows.put(count, random(scope, random, dtype, count));
            }
            NDArray weight = random(scope, random, dtype, OUTPUTS);
            boolean arranges = dtype == Dtype.BF16 && StepKernels.arranges(scope.engine());
            return new Operands(rows, weight, arranges ? StepKernels.arrange(scope, weight, FEW) : null);
        }

        private static NDArray random(Scope scope, Random random, Dtype dtype, int rows) {
            float[] values = new float[rows * INPUTS];
            for (int i = 0; i < values.length; i++) {
                values[i] = random.nextFloat() - 0.5f;
            }
            try (Scope inner = scope.inner()) {
                return scope.keep(TensorKernels.copy(inner, inner.floats(values, rows, INPUTS), dtype));
            }
        }

        double seconds(Scope scope, int count) {
            try (Scope inner = scope.inner()) {
                NDArray x = Objects.requireNonNull(rows.get(count));
                NDArray few = count <= FEW ? arranged : null;
                long begin = nanoTime();
                if (few == null) {
                    DecoderKernels.linear(inner, x, weight);
                } else {
                    StepKernels.linear(inner, x, few);
                }
                return Math.max(1, nanoTime() - begin) / 1e9;
            }
        }
    }
}
