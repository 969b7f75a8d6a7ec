package org.align4j.core.loop;

import static org.align4j.core.error.RootFormat.format;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.error.InputException;
import org.align4j.core.loop.SequencePack.Prompted;
import org.align4j.core.model.Weights;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.Scorer;
import org.jspecify.annotations.Nullable;

/**
 * Takes token sequences through a policy, as many in a forward as fit, several forwards at a time where the policy has several threads.
 *
 * @param policy whose forwards they are
 * @param layout how they lie in forwards
 * @param budget tokens in one
 * @param maxLength tokens that the model reads of one sequence
 */
public record TokenRows(Policy policy, RowLayout layout, TokenBudget budget, int maxLength) {

    /** The scores of one sequence. */
    @SuppressWarnings("ArrayRecordComponent") // on its way, never compared
    private record Found(double[][] logProbs, double[] entropies) {
        static List<Found> of(SequenceScores scores) {
            return IntStream.range(0, scores.sequences())
                    .mapToObj(s -> new Found(scores.logProbs()[s], scores.entropies()[s]))
                    .toList();
        }

        static SequenceScores joined(List<Found> found) {
            return new SequenceScores(
                    found.stream().map(Found::logProbs).toArray(double[][][]::new),
                    found.stream().map(Found::entropies).toArray(double[][]::new));
        }
    }

    /** The figures of a loss over one sequence, with what was scored. */
    private record Judged(TokenLoss.Figures figures, Found found) {}

    /** Splits sequences into those that share a forward. */
    public List<List<TokenSequence>> split(List<TokenSequence> sequences) {
        check(sequences);
        return scorer(prompted(sequences)).parts(sequences);
    }

    private static List<Prompted> prompted(List<TokenSequence> sequences) {
        return sequences.stream().map(Prompted::of).toList();
    }

    private Scorer scorer(List<Prompted> prompted) {
        return new Scorer(layout.groups(prompted.stream().map(Prompted::item).toList(), budget.tokens()));
    }

    /** Makes one forward that has a backward; the caller closes it. */
    public SequencePass forward(List<TokenSequence> sequences) {
        check(sequences);
        return new SequencePass(policy, SequencePack.of(policy, layout, prompted(sequences)));
    }

    /** Scores sequences with some weights, in as many forwards as they need. */
    public SequenceScores score(List<TokenSequence> sequences, Weights weights) {
        check(sequences);
        List<Prompted> prompted = prompted(sequences);
        return budget.withinMemory(() -> {
            Scorer scorer = scorer(prompted);
            return Found.joined(scorer.inOrder(policy.sideBySide(scorer.parts(prompted), part -> {
                SequencePack pack = SequencePack.of(policy, layout, part);
                return Found.of(pack.scores(policy.score(pack.batch(), weights)));
            })));
        });
    }

    /**
     * Computes a loss and adds its gradient to what the adapter has gathered. What fails may have added some of it.
     *
     * @param read {@code [sequences][T][K]} log-probabilities that the loss is computed from; null: those of the forward
     * @throws org.align4j.core.error.MemoryException where a forward was refused memory
     */
    public <I extends TokenLoss.Inputs> LossResult forwardBackward(
            List<TokenDatum<I>> data, TokenLoss<I> loss, double @Nullable [][][] read) {
        return take(Told.of(data, read), loss, true);
    }

    /** Computes a loss alone. */
    public <I extends TokenLoss.Inputs> LossResult evaluate(List<TokenDatum<I>> data, TokenLoss<I> loss) {
        check(data.stream().map(TokenDatum::sequence).toList());
        return budget.withinMemory(() -> take(Told.of(data, null), loss, false));
    }

    /** Computes a loss from log-probabilities {@code [sequences][T][K]} that were read, without a forward; entropies are NaN. */
    public <I extends TokenLoss.Inputs> LossResult evaluate(
            List<TokenDatum<I>> data, TokenLoss<I> loss, double[][][] read) {
        check(data.stream().map(TokenDatum::sequence).toList());
        List<Told<I>> told = Told.of(data, read);
        double[][] unknown = new double[read.length][];
        for (int i = 0; i < read.length; i++) {
            unknown[i] = new double[read[i].length];
            Arrays.fill(unknown[i], Double.NaN);
        }
        return result(judged(values(told, loss, read), new SequenceScores(read, unknown)));
    }

    /**
     * A datum with the log-probabilities that are used in place of those of a forward.
     *
     * @param read {@code [T][K]}; null: those of the forward are used
     */
    @SuppressWarnings("ArrayRecordComponent") // on its way, never compared
    private record Told<I extends TokenLoss.Inputs>(TokenDatum<I> datum, double @Nullable [][] read) {
        static <I extends TokenLoss.Inputs> List<Told<I>> of(List<TokenDatum<I>> data, double @Nullable [][][] read) {
            if (read != null) {
                SequencePass.requireAsMany("sequences", read.length, data.size());
                for (int i = 0; i < read.length; i++) {
                    TargetShape.of(data.get(i).sequence().targets()).require("The log-probabilities read", read[i]);
                }
            }
            return IntStream.range(0, data.size())
                    .mapToObj(i -> new Told<>(data.get(i), read == null ? null : read[i]))
                    .toList();
        }

        /** Puts what was read in the place of what a forward gave. */
        static SequenceScores scores(List<? extends Told<?>> part, SequenceScores forward) {
            double[][][] logProbs = forward.logProbs().clone();
            for (int i = 0; i < logProbs.length; i++) {
                double[][] own = part.get(i).read();
                logProbs[i] = own == null ? logProbs[i] : own;
            }
            return new SequenceScores(logProbs, forward.entropies());
        }
    }

    private <I extends TokenLoss.Inputs> LossResult take(List<Told<I>> data, TokenLoss<I> loss, boolean learns) {
        Scorer scorer =
                scorer(data.stream().map(told -> Prompted.of(told.datum())).toList());
        List<Judged> judged = scorer.inOrder(
                policy.sideBySide(scorer.parts(data), part -> learns ? learn(part, loss) : judge(part, loss)));
        return result(judged);
    }

    private static LossResult result(List<Judged> judged) {
        return new LossResult(
                judged.stream()
                        .map(Judged::figures)
                        .reduce(TokenLoss.Figures::plus)
                        .orElseThrow(),
                Found.joined(judged.stream().map(Judged::found).toList()));
    }

    private <I extends TokenLoss.Inputs> List<Judged> learn(List<Told<I>> part, TokenLoss<I> loss) {
        try (SequencePass pass = new SequencePass(policy, pack(part))) {
            SequenceScores scores = Told.scores(part, pass.scores());
            List<TokenLoss.Value> values = values(part, loss, scores.logProbs());
            pass.backward(values.stream().map(TokenLoss.Value::derivatives).toArray(double[][][]::new));
            return judged(values, scores);
        }
    }

    private <I extends TokenLoss.Inputs> List<Judged> judge(List<Told<I>> part, TokenLoss<I> loss) {
        SequencePack pack = pack(part);
        SequenceScores scores = pack.scores(policy.score(pack.batch(), policy.weights()));
        return judged(values(part, loss, scores.logProbs()), scores);
    }

    private SequencePack pack(List<? extends Told<?>> part) {
        return SequencePack.of(
                policy,
                layout,
                part.stream().map(told -> Prompted.of(told.datum())).toList());
    }

    private static <I extends TokenLoss.Inputs> List<TokenLoss.Value> values(
            List<Told<I>> part, TokenLoss<I> loss, double[][][] logProbs) {
        return IntStream.range(0, part.size())
                .mapToObj(i -> loss.evaluate(logProbs[i], part.get(i).datum().inputs()))
                .toList();
    }

    private static List<Judged> judged(List<TokenLoss.Value> values, SequenceScores scores) {
        List<Found> found = Found.of(scores);
        return IntStream.range(0, values.size())
                .mapToObj(i -> new Judged(values.get(i).figures(), found.get(i)))
                .toList();
    }

    /**
     * Refuses sequences that the model can't read.
     *
     * @throws InputException where there is none, one is too long, asks for nothing, or has an id outside the vocabulary
     */
    public void check(List<TokenSequence> sequences) {
        if (sequences.isEmpty()) {
            throw new InputException("There is no sequence to compute; give at least one.");
        }
        int vocabulary = policy.decoder().vocabulary();
        for (int s = 0; s < sequences.size(); s++) {
            TokenSequence sequence = sequences.get(s);
            if (sequence.input().length > maxLength) {
                throw new InputException(format(
                        "Sequence %,d has %,d tokens but the model reads at most %,d; cut it.",
                        s, sequence.input().length, maxLength));
            }
            if (sequence.width() == 0) {
                throw new InputException(format(
                        "Sequence %,d has no target at any position; give one at least, or leave the sequence out.",
                        s));
            }
            requireKnown("input", s, sequence.input(), vocabulary);
            for (int[] targets : sequence.targets()) {
                requireKnown("targets", s, targets, vocabulary);
            }
            budget.noteRow(sequence.input().length + 1);
        }
    }

    private static void requireKnown(String what, int sequence, int[] ids, int vocabulary) {
        Arrays.stream(ids).filter(id -> id < 0 || id >= vocabulary).findFirst().ifPresent(id -> {
            throw new InputException(format(
                    "The %s of sequence %,d have the token id %d but the model's ids are 0 to %d; encode texts with its tokenizer.",
                    what, sequence, id, vocabulary - 1));
        });
    }
}
