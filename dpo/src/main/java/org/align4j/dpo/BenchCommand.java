package org.align4j.dpo;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.align4j.core.bench.Benchmark;
import org.align4j.core.cli.NamedCommand;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.encode.EncodedRows;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.report.ClusterAccount;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.session.cluster.ClusterSource;
import org.align4j.core.session.console.ConsoleLog;
import org.align4j.core.session.options.ClusterOptions;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.train.Workload;
import org.jspecify.annotations.Nullable;

/** {@code align bench}: what the steps of {@code align dpo} take here, as JSON. */
public final class BenchCommand extends NamedCommand<BenchCommandOptions> {
    /** Names the command. */
    public BenchCommand() {
        super("bench", "measure speed and memory of training steps and generation", BenchCommandOptions.class);
    }

    @Override
    public int run(BenchCommandOptions options, Terminal terminal) {
        terminal.document(measure(options, DpoMethod.of(options.training()), terminal));
        return 0;
    }

    /** Measures or plans, and returns the document that the command prints. */
    private static <T extends TokenRow> Map<String, Object> measure(
            BenchCommandOptions options, DpoMethod.OfRows<T> whole, Terminal terminal) {
        ClusterOptions cluster = options.cluster();
        if (cluster.isUsed()) {
            whole.requireTakenElsewhere(cluster);
        }
        ClusterSource.require(cluster);
        int rowsInStep = options.length().rowsInStep();
        DpoMethod.OfRows<T> method =
                whole.reading((encoder, source) -> first(whole.reading().read(encoder, source), options, rowsInStep));
        try (ConsoleLog log = new ConsoleLog(terminal);
                TrainingSession<T> session = TrainingSession.open(method.recipe(), method.asked(), null, log)) {
            method.requireHead(session.policy());
            DpoPlan plan = method.options().plan(session.plan(), session.reference());
            Workload work = method.workload(session);
            if (options.plan()) {
                return new Benchmark(session, options.bench(), terminal, null).plan(work);
            }
            return taken(
                    session,
                    plan,
                    account -> new Benchmark(session, options.bench(), terminal, account)
                            .run(() -> new DpoRecipe(session, plan), work));
        }
    }

    /** Measures with the forwards taken by the cluster that is asked for, if one is. Executors get the rows with their forwards. */
    private static Map<String, Object> taken(
            TrainingSession<?> session,
            DpoPlan plan,
            Function<@Nullable Supplier<ClusterAccount>, Map<String, Object>> measurement) {
        ClusterOptions cluster = session.plan().cluster();
        if (!cluster.isUsed()) {
            return measurement.apply(null);
        }
        ClusterSource.Work work =
                session.work(OptionsYaml.write(plan.options()), session.facts().modelHashes());
        try (ClusterSource.Connection connection = ClusterSource.find(cluster).connect(cluster, work, session.log())) {
            return connection.taking(() -> measurement.apply(connection::account));
        }
    }

    /** The first rows, no more than are measured. */
    private static <T extends TokenRow> EncodedRows<T> first(
            EncodedRows<T> rows, BenchCommandOptions options, int rowsInStep) {
        int count = Math.min(rows.rows().size(), options.usedRows(rowsInStep));
        return new EncodedRows<>(
                rows.rows().subList(0, count), Arrays.copyOf(rows.promptKeys(), count), rows.drops(), rows.report());
    }
}
