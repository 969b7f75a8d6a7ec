package org.align4j.dpo;

import java.util.Arrays;
import org.align4j.core.bench.BenchOptions;
import org.align4j.core.bench.Benchmark;
import org.align4j.core.cli.Command;
import org.align4j.core.cli.Terminal;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.encode.EncodedRows;
import org.align4j.core.data.encode.RowEncoder;
import org.align4j.core.session.Recipe;
import org.align4j.core.session.TrainingSession;

/** {@code align bench}: what the steps of {@code align dpo} take here, as JSON. */
public final class BenchCommand implements Command<BenchCommandOptions> {
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
                ? measure(options, training, RowEncoder::labelledCompletions, UnpairedTraining::new, terminal)
                : measure(options, training, RowEncoder::pairs, PairTraining::new, terminal);
    }

    private static <T extends TokenRow> int measure(
            BenchCommandOptions options,
            DpoOptions training,
            Recipe.Reading<T> reading,
            DpoCommand.Method<T> method,
            Terminal terminal) {
        Recipe<T> recipe = DpoCommand.recipe(
                training,
                (encoder, source) -> first(
                        reading.read(encoder, source),
                        options.bench(),
                        options.length().rowsInStep()));
        try (TrainingSession<T> session = TrainingSession.open(recipe, training.recipe(), terminal)) {
            training.requireHead(session.policy());
            DpoOptions settled = training.resolved(session.options());
            terminal.document(new Benchmark(session, options.bench(), terminal)
                    .run(() -> method.objective(session, settled, terminal)));
            return 0;
        }
    }

    private static <T extends TokenRow> EncodedRows<T> first(EncodedRows<T> rows, BenchOptions bench, int batchSize) {
        int count = Math.min(rows.rows().size(), bench.usedRows(batchSize));
        return new EncodedRows<>(
                rows.rows().subList(0, count), Arrays.copyOf(rows.promptKeys(), count), rows.drops(), rows.report());
    }
}
