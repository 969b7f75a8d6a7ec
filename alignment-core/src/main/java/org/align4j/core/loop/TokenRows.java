package org.align4j.core.loop;

import static org.align4j.core.error.RootFormat.format;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.error.InputException;
import org.align4j.core.model.Weights;
import org.align4j.core.pack.RowLayout.MicroBatches;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.Scorer;

/**
 * Takes token sequences through a policy, as many in a forward as fit, several forwards at a time where the policy has several threads.
 *
 * @param policy whose forwards they are
 * @param budget tokens in one
 * @param maxLength tokens that the model reads of one sequence
 */
public record TokenRows(Policy policy, TokenBudget budget, int maxLength) {

    /** Splits sequences into those that share a forward. */
    public List<List<TokenSequence>> split(List<TokenSequence> sequences) {
        return scorer(sequences).parts(sequences);
    }

    private Scorer scorer(List<TokenSequence> sequences) {
        int[] sizes =
                sequences.stream().mapToInt(sequence -> sequence.input().length).toArray();
        return new Scorer(MicroBatches.plan(sizes, budget.tokens()));
    }

    /** Makes one forward that has a backward; the caller closes it. */
    public SequencePass forward(List<TokenSequence> sequences) {
        check(sequences);
        return pass(sequences);
    }

    private SequencePass pass(List<TokenSequence> sequences) {
        SequencePack pack = SequencePack.of(sequences);
        return new SequencePass(policy.pass(pack.batch(), null), pack);
    }

    /** Scores sequences with some weights, in as many forwards as they need. */
    public SequenceScores score(List<TokenSequence> sequences, Weights weights) {
        check(sequences);
        Scorer scorer = scorer(sequences);
        return joined(scorer.inOrder(policy.sideBySide(scorer.parts(sequences), part -> {
            SequencePack pack = SequencePack.of(part);
            return each(pack.scores(policy.score(pack.batch(), weights)));
        })));
    }

    /** What is found of one sequence. */
    @SuppressWarnings("ArrayRecordComponent") // on its way, never compared
    private record Found(double[][] logProbs, double[] entropies) {}

    private static List<Found> each(SequenceScores scores) {
        return IntStream.range(0, scores.sequences())
                .mapToObj(s -> new Found(scores.logProbs()[s], scores.entropies()[s]))
                .toList();
    }

    private static SequenceScores joined(List<Found> found) {
        return new SequenceScores(
                found.stream().map(Found::logProbs).toArray(double[][][]::new),
                found.stream().map(Found::entropies).toArray(double[][]::new));
    }

    /** Computes a loss and adds its gradient to what the adapter has gathered. */
    public <I extends TokenLoss.Inputs> LossResult forwardBackward(List<TokenDatum<I>> data, TokenLoss<I> loss) {
        return take(data, loss, true);
    }

    /** Computes a loss alone. */
    public <I extends TokenLoss.Inputs> LossResult evaluate(List<TokenDatum<I>> data, TokenLoss<I> loss) {
        return take(data, loss, false);
    }

    private <I extends TokenLoss.Inputs> LossResult take(List<TokenDatum<I>> data, TokenLoss<I> loss, boolean learns) {
        List<TokenSequence> sequences = data.stream().map(TokenDatum::sequence).toList();
        check(sequences);
        Scorer scorer = scorer(sequences);
        List<List<Learnt>> learnt = policy.sideBySide(
                scorer.parts(data), part -> learns ? learn(part, loss) : judged(part, loss, policy.weights()));
        List<Learnt> each = scorer.inOrder(learnt);
        return new LossResult(
                each.stream()
                        .map(Learnt::figures)
                        .reduce(TokenLoss.Figures::plus)
                        .orElseThrow(),
                joined(each.stream().map(Learnt::found).toList()));
    }

    /** What a loss made of one sequence. */
    private record Learnt(TokenLoss.Figures figures, Found found) {}

    private <I extends TokenLoss.Inputs> List<Learnt> learn(List<TokenDatum<I>> part, TokenLoss<I> loss) {
        try (SequencePass pass = pass(part.stream().map(TokenDatum::sequence).toList())) {
            List<TokenLoss.Value> values = values(part, loss, pass.logProbs());
            pass.backward(values.stream().map(TokenLoss.Value::derivatives).toArray(double[][][]::new));
            return learnt(values, pass.scores());
        }
    }

    private <I extends TokenLoss.Inputs> List<Learnt> judged(
            List<TokenDatum<I>> part, TokenLoss<I> loss, Weights weights) {
        SequencePack pack =
                SequencePack.of(part.stream().map(TokenDatum::sequence).toList());
        SequenceScores scores = pack.scores(policy.score(pack.batch(), weights));
        return learnt(values(part, loss, scores.logProbs()), scores);
    }

    private static <I extends TokenLoss.Inputs> List<TokenLoss.Value> values(
            List<TokenDatum<I>> part, TokenLoss<I> loss, double[][][] logProbs) {
        return IntStream.range(0, part.size())
                .mapToObj(i -> loss.evaluate(logProbs[i], part.get(i).inputs()))
                .toList();
    }

    private static List<Learnt> learnt(List<TokenLoss.Value> values, SequenceScores scores) {
        List<Found> found = each(scores);
        return IntStream.range(0, values.size())
                .mapToObj(i -> new Learnt(values.get(i).figures(), found.get(i)))
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
