package org.align4j.dpo;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.align4j.core.bench.Benchmark;
import org.align4j.core.cli.Command;
import org.align4j.core.data.CompletionTokens;
import org.align4j.core.data.PairTokens;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.encode.EncodedRows;
import org.align4j.core.data.encode.RowEncoder;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.session.Recipe;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.terminal.Terminal;

/** {@code align bench}: what the steps of {@code align dpo} take here, as JSON. */
public final class BenchCommand implements Command<BenchCommandOptions> {
    private static final Kind<PairTokens> PAIRED = new Kind<>(RowEncoder::pairs, PairRows::items, PairTraining::new);
    private static final Kind<CompletionTokens> UNPAIRED =
            new Kind<>(RowEncoder::labelledCompletions, AnswerRows::items, UnpairedTraining::new);

    /** How rows of one kind are read, laid out and trained on. */
    private record Kind<T extends TokenRow>(
            Recipe.Reading<T> reading, Function<List<T>, List<RowLayout.Item>> items, DpoCommand.Method<T> method) {}

    @Override
    public String name() {
        return "bench";
    }

    @Override
    public String summary() {
        return "measure speed and memory of training steps and generation";
    }

    @Override
    public Class<BenchCommandOptions> options() {
        return BenchCommandOptions.class;
    }

    @Override
    public int run(BenchCommandOptions options, Terminal terminal) {
        DpoOptions training = options.training();
        return training.loss().isUnpaired()
                ? measure(options, training, UNPAIRED, terminal)
                : measure(options, training, PAIRED, terminal);
    }

    private static <T extends TokenRow> int measure(
            BenchCommandOptions options, DpoOptions training, Kind<T> kind, Terminal terminal) {
        int rowsInStep = options.length().rowsInStep();
        Recipe<T> recipe = DpoCommand.recipe(
                training, (encoder, source) -> first(kind.reading().read(encoder, source), options, rowsInStep));
        try (TrainingSession<T> session = TrainingSession.open(recipe, training.recipe(), terminal)) {
            training.requireHead(session.policy());
            DpoPlan plan = training.plan(session.plan());
            RowForwards planner = new RowForwards(
                    kind.items().apply(session.rows().train()),
                    plan.layout(session.policy().decoder()),
                    session.budget());
            boolean reference = !plan.reference().is(ReferenceChoice.Kind.NONE);
            Benchmark benchmark = new Benchmark(session, options.bench(), terminal);
            terminal.document(
                    options.plan()
                            ? benchmark.plan(planner, reference)
                            : benchmark.run(
                                    () -> kind.method().objective(session, plan, terminal), planner, reference));
            return 0;
        }
    }

    private static <T extends TokenRow> EncodedRows<T> first(
            EncodedRows<T> rows, BenchCommandOptions options, int rowsInStep) {
        int count = Math.min(rows.rows().size(), options.usedRows(rowsInStep));
        return new EncodedRows<>(
                rows.rows().subList(0, count), Arrays.copyOf(rows.promptKeys(), count), rows.drops(), rows.report());
    }
}
