package org.align4j.core.session.options;

import org.align4j.core.error.InputException;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.machine.DeviceChoice;
import org.align4j.core.machine.DtypeChoice;
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
        return new EngineOptions(DeviceChoice.parse(engine.profile().name()), choice(dtype), engine.threads(), 0);
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

    /** Returns the choice of a dtype: what config.yaml holds of a run that computes in it. */
    static DtypeChoice choice(Dtype dtype) {
        return dtype == Dtype.BF16 ? DtypeChoice.BF16 : DtypeChoice.FP32;
    }
}
