package org.align4j.core.session.options;

import org.align4j.core.error.InputException;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.options.Heading;
import org.align4j.core.options.Option;
import org.jspecify.annotations.Nullable;

/**
 * Where and how a command computes: a group of options.
 *
 * @param device where
 * @param dtype the compute dtype
 * @param threads of the engine; null for one a core
 * @param seed of everything random
 */
@Heading("Machine")
public record EngineOptions(
        @Option(help = "Where to compute: a GPU if there is one, the CPU, or a certain GPU.", defaultValue = "auto")
        DeviceChoice device,

        @Option(help = "The compute dtype; auto is bf16 on GPU and on CPUs fast at it.", defaultValue = "auto")
        DtypeChoice dtype,

        @Option(
                help = "Threads of the engine; more are faster, up to the free cores; auto is one a core.",
                unset = "auto")
        @Nullable
        Integer threads,

        @Option(help = "Seed of everything random; the same seed gives the same run.", defaultValue = "42")
        long seed) {

    /** Returns the options of a further model beside those that an engine runs, with as many threads. */
    public static EngineOptions of(Engine engine, Dtype dtype) {
        return new EngineOptions(
                DeviceChoice.parse(engine.profile().name()), DtypeChoice.of(dtype), engine.threads(), 0);
    }

    /** Returns these options with another dtype. */
    public EngineOptions withDtype(DtypeChoice other) {
        return new EngineOptions(device, other, threads, seed);
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
}
