package org.align4j.core.session.options;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.align4j.core.error.InputException;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.options.Heading;
import org.align4j.core.options.Option;
import org.jspecify.annotations.Nullable;

/** Where and how a command computes: a group of options. */
@Heading("Machine")
public record EngineOptions(
        @Option(help = "Where to compute: a GPU if there is one, the CPU, or a certain GPU.", defaultValue = "auto")
        DeviceChoice device,

        @Option(help = "The compute dtype; auto is bf16 on GPU and on CPUs fast at it.", defaultValue = "auto")
        DtypeChoice dtype,

        @Option(
                help = "Threads of the engine; more are faster, up to the free cores; auto is one per core.",
                unset = "auto")
        @Nullable
        Integer threads,

        @Option(help = "Seed of everything random; the same seed gives the same run.", defaultValue = "42")
        long seed) {

    /** Returns the options of a further model next to those that an engine runs, with as many threads. */
    public static EngineOptions of(Engine engine, Dtype dtype) {
        return new EngineOptions(
                DeviceChoice.parse(engine.profile().name()), DtypeChoice.of(dtype), engine.threads(), 0);
    }

    /** Returns these options with another dtype. */
    public EngineOptions withDtype(DtypeChoice other) {
        return new EngineOptions(device, other, threads, seed);
    }

    /** Returns these options with another number of threads. */
    public EngineOptions withThreads(int other) {
        return new EngineOptions(device, dtype, other, seed);
    }

    /** Returns these options with the first of several devices. */
    public EngineOptions ofFirstDevice() {
        return new EngineOptions(device.first(), dtype, threads, seed);
    }

    /** Returns how many threads the engine gets: where the options don't say, one for each core that this process may use. */
    public int usedThreads() {
        return threads == null ? Engine.usualThreads() : threads;
    }

    /** Settles the threads, for a dtype that was found. */
    public EnginePlan plan(Dtype found) {
        return new EnginePlan(device, found, usedThreads(), seed);
    }

    /** Checks ranges. */
    public EngineOptions {
        if (threads != null && (threads < 1 || threads > 1024)) {
            throw new InputException("threads is " + threads + " but must be 1 to 1024.");
        }
    }

    /** The compute dtype; {@code AUTO} is bf16 on a GPU and on a CPU that is fast at it, fp32 elsewhere. */
    public enum DtypeChoice {
        AUTO,
        BF16,
        FP32;

        /** Returns the choice of a dtype: what config.yaml holds of a run that computes in it. */
        public static DtypeChoice of(Dtype dtype) {
            return dtype == Dtype.BF16 ? BF16 : FP32;
        }
    }

    /**
     * Holds the device that computes.
     *
     * @param processor what computes
     * @param index which GPU, from 0; 0 for the other kinds
     * @param others further GPUs, one for each further process of a training
     */
    public record DeviceChoice(Processor processor, int index, List<Integer> others) {
        /** {@code AUTO} is a GPU where there is one, else the CPU. */
        public enum Processor {
            AUTO,
            CPU,
            GPU
        }

        private static final Pattern FORM = Pattern.compile("(auto|cpu|gpu)|gpu:(\\d{1,4})");
        private static final Pattern CARDS = Pattern.compile("gpu:\\d{1,4}(?:,gpu:\\d{1,4})+");

        /** Copies the list. */
        public DeviceChoice {
            others = List.copyOf(others);
        }

        /** Holds a single device. */
        public DeviceChoice(Processor processor, int index) {
            this(processor, index, List.of());
        }

        /** Reads {@code auto}, {@code cpu}, {@code gpu}, {@code gpu:N} or several cards, {@code gpu:N,gpu:M}. */
        public static DeviceChoice parse(String text) {
            String lower = text.toLowerCase(Locale.ROOT);
            if (CARDS.matcher(lower).matches()) {
                List<Integer> cards = Stream.of(lower.split(",", -1))
                        .map(card -> Integer.parseInt(card.substring("gpu:".length())))
                        .toList();
                if (cards.stream().distinct().count() < cards.size()) {
                    throw new InputException("it names a card twice; each process needs one of its own.");
                }
                return new DeviceChoice(Processor.GPU, cards.get(0), cards.subList(1, cards.size()));
            }
            Matcher form = FORM.matcher(lower);
            if (!form.matches()) {
                throw new InputException(
                        "it must be auto, cpu, gpu, gpu:N with N from 0, or gpu:N,gpu:M,… with processes.");
            }
            return form.group(1) == null
                    ? new DeviceChoice(Processor.GPU, Integer.parseInt(form.group(2)))
                    : new DeviceChoice(Processor.valueOf(form.group(1).toUpperCase(Locale.ROOT)), 0);
        }

        /** Returns the forms of the option's value for {@code --help}. */
        public static String describe() {
            return "auto|cpu|gpu|gpu:N|gpu:N,gpu:M,…";
        }

        /** Counts the devices. */
        public int count() {
            return 1 + others.size();
        }

        /** Returns the first of the devices, on which the process computes that starts the others. */
        public DeviceChoice first() {
            return new DeviceChoice(processor, index);
        }

        @Override
        public String toString() {
            if (!others.isEmpty()) {
                return "gpu:" + index
                        + others.stream().map(card -> ",gpu:" + card).collect(Collectors.joining());
            }
            return processor.name().toLowerCase(Locale.ROOT) + (index == 0 ? "" : ":" + index);
        }
    }
}
