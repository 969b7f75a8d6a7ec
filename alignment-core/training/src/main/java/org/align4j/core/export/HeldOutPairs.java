package org.align4j.core.export;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.data.PairTokens;
import org.align4j.core.data.encode.RowEncoder;
import org.align4j.core.data.encode.TrainingRows;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.BadRows;
import org.align4j.core.data.row.DataOptions;
import org.align4j.core.data.row.RowOptions;
import org.align4j.core.data.row.RowRules;
import org.align4j.core.data.row.TooLong;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.family.Families;
import org.align4j.core.model.Decoder;
import org.align4j.core.report.ReportFiles;
import org.align4j.core.run.Run;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.text.TextEncoder;
import org.align4j.core.verdict.EvaluatedPairs;
import org.align4j.core.verdict.Evidence.Evaluations;
import org.align4j.core.verdict.PairMeasure;
import org.jspecify.annotations.Nullable;

/**
 * Held-out pairs as a model's tokenizer reads them, and what of a pair says which answer a model prefers.
 *
 * @param pairs none where there are none
 * @param measure what the loss of the run compares, which its verdict goes by; whole answers where there is no run
 */
public record HeldOutPairs(List<PairTokens> pairs, PairMeasure measure) {
    /** No pairs. */
    public static final HeldOutPairs NONE = new HeldOutPairs(List.of(), PairMeasure.ANSWER);

    /** Copies the list. */
    public HeldOutPairs {
        pairs = List.copyOf(pairs);
    }

    /**
     * Reads pairs of files; a row that is broken or too long is an error.
     *
     * @param model of which the tokenizer and template are
     * @param run whose measure counts; null for none
     */
    public static HeldOutPairs of(RowSource source, ModelOptions model, @Nullable Run run) {
        Decoder decoder = Families.decoder(Path.of(model.model()));
        Integer longest = model.maxLength();
        RowRules rules = new RowRules(BadRows.ERROR, TooLong.ERROR, longest == null ? decoder.maxPositions() : longest);
        return new HeldOutPairs(encoder(model, decoder, rules).pairs(source).rows(), measure(run));
    }

    /**
     * Reads the pairs that a run was evaluated on: those of its files, or the part of its data that it left out of training.
     *
     * @param model of which the tokenizer and template are
     * @throws InputException where they can't be read any more, or aren't pairs
     */
    public static HeldOutPairs of(Run run, ModelOptions model) {
        DataOptions data = run.options(DataOptions.class);
        if (data.evalData().isEmpty() && data.evalFraction() == 0) {
            return NONE;
        }
        Decoder decoder = Families.decoder(Path.of(model.model()));
        RowEncoder encoder =
                encoder(model, decoder, run.options(RowOptions.class).rules(decoder.maxPositions()));
        List<PairTokens> pairs = data.evalData().isEmpty()
                ? TrainingRows.read(
                                data,
                                encoder::pairs,
                                run.options(EngineOptions.class).seed())
                        .eval()
                : encoder.pairs(data.evalSource()).rows();
        return new HeldOutPairs(pairs, measure(run));
    }

    private static RowEncoder encoder(ModelOptions model, Decoder decoder, RowRules rules) {
        TextEncoder text = model.template().encoder(Path.of(model.model()));
        return new RowEncoder(() -> text, decoder.vocabulary(), rules);
    }

    private static PairMeasure measure(@Nullable Run run) {
        if (run == null) {
            return PairMeasure.ANSWER;
        }
        try {
            Evaluations.At last = new ReportFiles(run.path()).evaluations().last();
            return last != null && last.rows() instanceof EvaluatedPairs pairs ? pairs.measure() : PairMeasure.ANSWER;
        } catch (IOException e) {
            throw new InputException(
                    run.path().resolve(ReportFiles.EVALUATION) + " can't be read: " + FileFailure.reason(e) + ".", e);
        }
    }
}
