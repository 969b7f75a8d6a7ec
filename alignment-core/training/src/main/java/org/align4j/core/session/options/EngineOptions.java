package org.align4j.core.session.options;

import org.align4j.core.error.InputException;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.machine.DeviceChoice;
import org.align4j.core.machine.DtypeChoice;
import org.align4j.core.model.Holding.Precision;
import org.align4j.core.options.Heading;
import org.align4j.core.options.Option;
import org.jspecify.annotations.Nullable;

/** Where and how a command computes: a group of options. */
@Heading("Machine")
public record EngineOptions(
        @Option(help = "Where to compute: a GPU if there is one, the CPU, or a certain GPU.", defaultValue = "auto")
        DeviceChoice device,

        @Option(
                help =
                        "In what frozen weights are stored; auto is bf16 on GPU and on CPUs that read or multiply it faster than fp32.",
                defaultValue = "auto")
        DtypeChoice dtype,

        @Option(
                help = "In what frozen weights are multiplied; auto is what this CPU was measured to be faster in.",
                defaultValue = "auto")
        DtypeChoice products,

        @Option(
                help = "Threads of the engine; more are faster, up to the free cores; auto is one per core.",
                unset = "auto")
        @Nullable
        Integer threads,

        @Option(help = "Seed of everything random; the same seed gives the same run.", defaultValue = "42")
        long seed) {

    /** Makes options whose products are settled by measurement. */
    public EngineOptions(DeviceChoice device, DtypeChoice dtype, @Nullable Integer threads, long seed) {
        this(device, dtype, DtypeChoice.AUTO, threads, seed);
    }

    /** Returns the options of a further model next to those that an engine runs, with as many threads. */
    public static EngineOptions of(Engine engine, Precision precision) {
        DeviceChoice here = DeviceChoice.parse(engine.profile().name());
        return new EngineOptions(here, DtypeChoice.AUTO, engine.threads(), 0).with(precision);
    }

    private EngineOptions withDevice(DeviceChoice other) {
        return new EngineOptions(other, dtype, products, threads, seed);
    }

    /** Returns these options with dtypes that are settled. */
    public EngineOptions with(Precision settled) {
        return new EngineOptions(device, choice(settled.stored()), choice(settled.products()), threads, seed);
    }

    /** Returns these options with dtypes that are to be settled. */
    public EngineOptions withAnyPrecision() {
        return new EngineOptions(device, DtypeChoice.AUTO, DtypeChoice.AUTO, threads, seed);
    }

    /** Returns these options with another number of threads. */
    public EngineOptions withThreads(int other) {
        return new EngineOptions(device, dtype, products, other, seed);
    }

    /** Returns these options with the first of several devices. */
    public EngineOptions ofFirstDevice() {
        return withDevice(device.first());
    }

    /** Returns how many threads the engine gets: where the options don't say, one for each core that this process may use. */
    public int usedThreads() {
        return threads == null ? Engine.usualThreads() : threads;
    }

    /** Settles the threads, for dtypes that were found. */
    public EnginePlan plan(Precision found) {
        return new EnginePlan(device, found, usedThreads(), seed);
    }

    /** Checks ranges. */
    public EngineOptions {
        if (threads != null && (threads < 1 || threads > 1024)) {
            throw new InputException("threads is " + threads + " but must be 1 to 1024.");
        }
        if (dtype == DtypeChoice.FP32 && products == DtypeChoice.BF16) {
            throw new InputException(
                    "dtype is fp32 but products is bf16, which would round what fp32 keeps; use dtype bf16"
                            + " to store weights in bf16 too, or leave products out.");
        }
    }

    /** Returns the choice of a dtype: what config.yaml holds of a run that computes in it. */
    static DtypeChoice choice(Dtype dtype) {
        return dtype == Dtype.BF16 ? DtypeChoice.BF16 : DtypeChoice.FP32;
    }
}
