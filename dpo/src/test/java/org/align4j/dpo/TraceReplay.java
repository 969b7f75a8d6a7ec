package org.align4j.dpo;

import static org.align4j.core.reference.Comparisons.ints;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.family.Families;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.model.BaseModel;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.policy.Pass;
import org.align4j.core.policy.Pass.TokenScores;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.SyncedReference;
import org.align4j.core.reference.Comparisons;
import org.align4j.core.reference.ReferenceCase;
import org.align4j.core.reference.trace.TraceRun;
import org.jspecify.annotations.Nullable;

/**
 * A TRL run computed again with Align4J's losses too, but by TRL's rules of
 * accumulation, which Align4J departs from on purpose: a short micro-batch weighs as much as a full one (the mean of
 * micro-batch means), and KTO's z is the micro-batch's. These rules stand here, in the tests, and nowhere else.
 */
final class TraceReplay implements AutoCloseable {
    private static final RowLayout LAYOUT = RowLayout.SHARED;

    private final TraceRun run;
    private final @Nullable BaseModel givenReference;
    private final @Nullable Policy otherReference;
    private final @Nullable SyncedReference synced;
    private final TraceLoss loss;

    TraceReplay(ReferenceCase trace, boolean recompute, Engine engine, Comparisons comparisons) {
        run = new TraceRun(trace, recompute, engine, comparisons);
        givenReference = run.settings().has("ref_model")
                ? load(trace.file(trace.content().get("reference").asText()), engine)
                : null;
        otherReference = givenReference == null ? null : Policy.frozen(givenReference);
        synced = run.settings().has("ref_model_sync_steps") ? SyncedReference.of(run.policy()) : null;
        loss = TraceLoss.of(run.settings());
    }

    private static BaseModel load(Path folder, Engine engine) {
        Path model = folder.normalize();
        return BaseModel.load(model, Families.decoder(model), Dtype.F32, engine);
    }

    /** The run without what is DPO's. */
    TraceRun run() {
        return run;
    }

    /** Prompt and answers of a row, cut to max_length from the right. */
    RowLayout.Item item(JsonNode row, List<String> answers) {
        int[] prompt = ints(row.get("prompt_ids"));
        JsonNode longest = run.fixed().get("max_length");
        int room = longest.isNumber() ? longest.asInt() - prompt.length : 1 << 20;
        return new RowLayout.Item(
                prompt,
                answers.stream()
                        .map(name -> ints(row.get(name + "_ids")))
                        .map(ids -> Arrays.copyOf(ids, Math.min(ids.length, room)))
                        .toArray(int[][]::new));
    }

    private RowLayout.Packed pack(List<JsonNode> rows, List<String> answers) {
        return LAYOUT.pack(rows.stream().map(row -> item(row, answers)).toList());
    }

    private TokenScores reference(PackedBatch batch) {
        if (otherReference != null) {
            return otherReference.score(batch, otherReference.base());
        }
        if (synced != null) {
            return run.policy().score(batch, synced);
        }
        return run.policy()
                .score(
                        batch,
                        run.isAdapted() ? run.policy().start() : run.policy().base());
    }

    /** {@code [answers][rows][tokens]} log-probabilities. */
    private static double[][][] byAnswer(TokenScores scores, RowLayout.Packed packed) {
        double[][][] result =
                new double[packed.answers().get(0).size()][packed.answers().size()][];
        for (int row = 0; row < packed.answers().size(); row++) {
            for (int answer = 0; answer < result.length; answer++) {
                result[answer][row] = scores.logProbs(packed.answers().get(row).get(answer));
            }
        }
        return result;
    }

    /** {@code [answers][rows][tokens]} under the policy and under the reference. */
    double[][][][] score(List<JsonNode> rows, List<String> answers) {
        RowLayout.Packed packed = pack(rows, answers);
        return new double[][][][] {
            byAnswer(run.policy().score(packed.batch(), run.policy().weights()), packed),
            byAnswer(reference(packed.batch()), packed)
        };
    }

    List<String> answers() {
        return loss.answers();
    }

    /** One optimizer step over a group of micro-batches. */
    void step(List<List<JsonNode>> group) {
        run.policy().trainables().zeroGradients();
        TraceLoss.Sums sums = new TraceLoss.Sums();
        long trained = group.stream()
                .flatMap(List::stream)
                .mapToLong(row -> item(row, loss.answers()).answers()[0].length)
                .sum();
        for (List<JsonNode> micro : group) {
            double[][][][] mismatched = loss.mismatched() == null ? null : score(micro, List.of(loss.mismatched()));
            RowLayout.Packed packed = pack(micro, loss.answers());
            double[][][] frozen = byAnswer(reference(packed.batch()), packed);
            try (Pass pass = run.policy().pass(packed.batch(), null)) {
                double[][][] own = byAnswer(pass.scores(), packed);
                double[][][] gradients =
                        loss.evaluate(new TraceLoss.Micro(micro, own, frozen, mismatched, group.size(), trained), sums);
                pass.backward(coefficients(gradients, packed));
            }
        }
        run.apply(sums.means());
        if (synced != null
                && run.step() % run.settings().get("ref_model_sync_steps").asInt() == 0) {
            synced.sync(run.settings().get("ref_model_mixup_alpha").asDouble());
        }
    }

    private static float[] coefficients(double[][][] gradients, RowLayout.Packed packed) {
        float[] result = new float[packed.batch().scored()];
        for (int row = 0; row < packed.answers().size(); row++) {
            for (int answer = 0; answer < gradients.length; answer++) {
                PackedBatch.Span span = packed.answers().get(row).get(answer);
                for (int t = 0; t < span.length(); t++) {
                    result[span.from() + t] = (float) gradients[answer][row][t];
                }
            }
        }
        return result;
    }

    @Override
    public void close() {
        run.close();
        if (otherReference != null && givenReference != null) {
            otherReference.close();
            givenReference.close();
        }
    }
}
