package org.align4j.core.bench;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.align4j.core.data.TokenRow;
import org.align4j.core.machine.DeviceGauge;
import org.align4j.core.options.NamedOptions;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.policy.Pass;
import org.align4j.core.policy.Pass.TokenScores;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.measure.AttentionReplay;
import org.align4j.core.policy.measure.PassFlop;
import org.align4j.core.session.RunPlan;
import org.align4j.core.session.TrainingMethod;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.session.options.ReferenceChoice;
import org.align4j.core.train.Learner.Objective.Forward;
import org.align4j.core.train.TrainingLog;
import org.align4j.core.train.Workload;

/**
 * Forecasts what a run will take. Memory follows from sizes; time from the forwards of the first step, computed once to warm up and, unless
 * that took long, once more by the clock. Attention, which
 * is also timed alone, counts in proportion to the whole run's pairs of positions, the rest to its products.
 */
public final class RunForecast {
    /** Norm, update and the copies into the compute dtype, as multiples of the norm alone. */
    private static final double UPDATE = 3;

    /** Seconds of a first step in which what warms up no longer counts: it is not computed twice. */
    private static final double LONG = 20;

    private final TrainingSession<?> session;
    private final Policy policy;
    private final Workload work;
    private final PassFlop flop;

    private RunForecast(TrainingSession<?> session, Workload work) {
        this.session = session;
        this.policy = session.policy();
        this.work = work;
        this.flop = new PassFlop(policy);
    }

    /** Forecasts a run of an open session: memory from sizes, time by the clock. */
    static RunPlan of(TrainingSession<?> session, Workload work) {
        RunPlan plan = session.forecast(work);
        return plan.with(new RunForecast(session, work).time());
    }

    /**
     * Forecasts a run of a method that {@link TrainingMethod#forecasts}, with the options that its command would get.
     *
     * @param options by name, as on the command line; the others have their defaults
     * @throws org.align4j.core.error.InputException where such a run would be refused
     */
    public static <O extends Record> RunPlan of(TrainingMethod<O> method, Map<String, ?> options) {
        return of(method.configured(NamedOptions.create(method.options(), options), TrainingLog.SILENT));
    }

    private static <T extends TokenRow> RunPlan of(TrainingMethod.Configured<T> method) {
        try (TrainingSession<T> session =
                TrainingSession.open(method.recipe(), method.asked(), null, TrainingLog.SILENT)) {
            return of(session, method.workload(session));
        }
    }

    private RunPlan.Time time() {
        List<PackedBatch> probe = work.first().stream().map(Forward::batch).toList();
        Parts parts = parts(probe, true, this::backAndForth, 1);
        double steps = parts.sum() + work.steps() * updateSeconds(session);
        if (session.reference().is(ReferenceChoice.Kind.NONE)) {
            return new RunPlan.Time(null, steps, parts.attention());
        }
        int taken = work.steps() * session.plan().learning().length().batchSize();
        double rows = session.rows().train().size() / (double) taken;
        double once = parts(probe, false, batch -> policy.score(batch, policy.base()), rows)
                .sum();
        return new RunPlan.Time(once, steps, parts.attention());
    }

    /** Seconds of the run's passes: attention grows with pairs of positions, the rest with products. */
    private record Parts(double attention, double rest) {
        double sum() {
            return attention + rest;
        }
    }

    private Parts parts(List<PackedBatch> probe, boolean differentiated, Function<PackedBatch, ?> pass, double share) {
        double seconds = seconds(probe, pass);
        if (seconds < LONG) {
            seconds = seconds(probe, pass);
        }
        long cells = sum(probe, PackedBatch::attentionCells);
        double products =
                flop.withoutAttention(sum(probe, PackedBatch::size), sum(probe, PackedBatch::scored), differentiated);
        double ofRun = share * flop.withoutAttention(work.tokens(), work.scored(), differentiated);
        double attention = policy.base().engine().profile().attendsPacks()
                ? 0
                : Math.min(seconds, new AttentionReplay(policy).seconds(probe, differentiated));
        return new Parts(
                cells == 0 ? 0 : attention * share * work.cells() / cells, (seconds - attention) * ofRun / products);
    }

    private static long sum(List<PackedBatch> batches, ToLongFunction<PackedBatch> size) {
        return batches.stream().mapToLong(size).sum();
    }

    private double seconds(List<PackedBatch> probe, Function<PackedBatch, ?> pass) {
        DeviceGauge clock = policy.base().engine();
        long begun = clock.nanoTime();
        policy.sideBySide(probe, pass);
        return (clock.nanoTime() - begun) / 1e9;
    }

    private TokenScores backAndForth(PackedBatch batch) {
        try (Pass pass = policy.pass(batch, null)) {
            pass.backward(new float[batch.scored()]);
            return pass.scores();
        }
    }

    /** Measures the seconds of one optimizer update. */
    static double updateSeconds(TrainingSession<?> session) {
        Policy policy = session.policy();
        DeviceGauge clock = policy.base().engine();
        long begun = clock.nanoTime();
        session.optimizer().gradientNorm();
        double seconds = (clock.nanoTime() - begun) / 1e9;
        policy.trainables().zeroGradients();
        return UPDATE * seconds;
    }
}
