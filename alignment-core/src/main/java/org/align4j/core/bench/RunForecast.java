package org.align4j.core.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.align4j.core.data.TokenRow;
import org.align4j.core.forecast.Forecast;
import org.align4j.core.machine.DeviceGauge;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.policy.Pass;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.TokenScores;
import org.align4j.core.policy.measure.AttentionReplay;
import org.align4j.core.policy.measure.PassFlop;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.train.Forward;
import org.align4j.core.train.Workload;

/**
 * What a run will take. Memory follows from sizes; time from the forwards of the first step, computed once to warm up and, unless
 * that took long, once more by the clock: attention, which
 * is timed alone too, in proportion to the whole run's pairs of positions, the rest to its products.
 */
final class RunForecast {
    /** Norm, update and the copies into the compute dtype, as multiples of the norm alone. */
    private static final double UPDATE = 3;

    /** Seconds of a first step in which what warms up no longer counts: it is not computed twice. */
    private static final double LONG = 20;

    private final TrainingSession<?> session;
    private final Policy policy;
    private final Workload work;
    private final boolean reference;
    private final PassFlop flop;

    RunForecast(TrainingSession<?> session, Workload work, boolean reference) {
        this.session = session;
        this.policy = session.policy();
        this.work = work;
        this.reference = reference;
        this.flop = new PassFlop(policy);
    }

    Map<String, Object> entries() {
        Forecast memory = session.memory().of(work);
        Map<String, Object> entries = new LinkedHashMap<>(memory.entries());
        long limit = session.memory().device().memory();
        entries.put("limit_bytes", limit);
        entries.put("fits", memory.peak() <= limit);
        entries.put("longest_forward_tokens", largest());
        entries.put("steps", work.steps());
        entries.put("forwards", work.forwards());
        entries.put("level", work.level());
        entries.put("tokens", work.tokens());
        entries.put("response_tokens", work.scored());
        entries.put("sharing_ratio", sharing());
        entries.put(
                "fill_of_micro_batch_tokens",
                work.tokens() / ((double) work.forwards() * session.budget().tokens()));
        entries.putAll(time());
        return entries;
    }

    /** Returns the tokens of the rows' sequences, each with its own prompt, over those that are computed. */
    private double sharing() {
        List<? extends TokenRow> rows = session.rows().train();
        int batch = session.plan().length().batchSize();
        int stepsPerEpoch = (rows.size() + batch - 1) / batch;
        double epochs = (double) work.steps() / stepsPerEpoch;
        long separate = rows.stream().mapToLong(StepFigures::separately).sum();
        return epochs * separate / work.tokens();
    }

    private int largest() {
        return work.largest().stream()
                .mapToInt(forward -> forward.batch().size())
                .max()
                .orElse(0);
    }

    private Map<String, Object> time() {
        List<PackedBatch> probe = work.first().stream().map(Forward::batch).toList();
        Parts parts = parts(probe, true, this::backAndForth, 1);
        double steps = parts.sum() + work.steps() * optimizer();
        Map<String, Object> entries = new LinkedHashMap<>();
        double once = 0;
        if (reference) {
            int taken = work.steps() * session.plan().length().batchSize();
            double rows = session.rows().train().size() / (double) taken;
            once = parts(probe, false, batch -> policy.score(batch, policy.base()), rows)
                    .sum();
            entries.put("reference_seconds", once);
        }
        entries.put("step_seconds", steps / work.steps());
        if (parts.attention() > 0) {
            entries.put("attention_share", parts.attention() / steps);
        }
        entries.put("steps_seconds", steps);
        entries.put("seconds", steps + once);
        return entries;
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

    private double optimizer() {
        DeviceGauge clock = policy.base().engine();
        long begun = clock.nanoTime();
        session.optimizer().gradientNorm();
        double seconds = (clock.nanoTime() - begun) / 1e9;
        policy.trainables().zeroGradients();
        return UPDATE * seconds;
    }
}
