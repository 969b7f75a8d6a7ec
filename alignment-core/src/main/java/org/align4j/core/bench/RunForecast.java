package org.align4j.core.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.align4j.core.data.TokenRow;
import org.align4j.core.forecast.Forecast;
import org.align4j.core.machine.Memory;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.policy.Pass;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.TokenScores;
import org.align4j.core.policy.measure.PassFlop;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.train.Forward;
import org.align4j.core.train.Workload;

/**
 * What a run will take. Memory follows from sizes; time from the forwards of the first step, computed once to warm up and once
 * by the clock, with the whole run's products in proportion.
 */
final class RunForecast {
    /** Norm, update and the copies into the compute dtype, as multiples of the norm alone. */
    private static final double UPDATE = 3;

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
        entries.put("fits", memory.peak() <= Memory.current().limit());
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
        double steps = secondsPerFlop(probe, true, this::backAndForth) * flop(true, 1) + work.steps() * optimizer();
        Map<String, Object> entries = new LinkedHashMap<>();
        double once = 0;
        if (reference) {
            int taken = work.steps() * session.plan().length().batchSize();
            double rows = session.rows().train().size() / (double) taken;
            once = secondsPerFlop(probe, false, batch -> policy.score(batch, policy.base())) * flop(false, rows);
            entries.put("reference_seconds", once);
        }
        entries.put("step_seconds", steps / work.steps());
        entries.put("steps_seconds", steps);
        entries.put("seconds", steps + once);
        return entries;
    }

    private double flop(boolean differentiated, double share) {
        return share * flop.of(work.tokens(), work.scored(), work.cells(), differentiated);
    }

    private double secondsPerFlop(List<PackedBatch> probe, boolean differentiated, Function<PackedBatch, ?> pass) {
        policy.sideBySide(probe, pass);
        double begun = System.nanoTime();
        policy.sideBySide(probe, pass);
        double seconds = (System.nanoTime() - begun) / 1e9;
        return seconds
                / probe.stream()
                        .mapToDouble(
                                batch -> flop.of(batch.size(), batch.scored(), batch.attentionCells(), differentiated))
                        .sum();
    }

    private TokenScores backAndForth(PackedBatch batch) {
        try (Pass pass = policy.pass(batch, null)) {
            pass.backward(new float[batch.scored()]);
            return pass.scores();
        }
    }

    private double optimizer() {
        double begun = System.nanoTime();
        session.optimizer().gradientNorm();
        double seconds = (System.nanoTime() - begun) / 1e9;
        policy.trainables().zeroGradients();
        return UPDATE * seconds;
    }
}
