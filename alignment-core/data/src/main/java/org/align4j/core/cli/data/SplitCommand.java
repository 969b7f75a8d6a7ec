package org.align4j.core.cli.data;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.cli.NamedCommand;
import org.align4j.core.data.file.DataFiles;
import org.align4j.core.data.file.DataLines;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.split.DivisionRules.GroupBy;
import org.align4j.core.data.split.Splitter;
import org.align4j.core.data.split.Splitter.SplitOutcome;
import org.align4j.core.shards.ShardCluster;
import org.align4j.core.terminal.Progress;
import org.align4j.core.terminal.Terminal;
import org.jspecify.annotations.Nullable;

/** {@code align split}: rows divided into training, evaluation and test. */
public final class SplitCommand extends NamedCommand<SplitOptions> {
    /** Values of a stratified field that are printed; split.json has all. */
    private static final int VALUES = 10;

    /** Names the command. */
    public SplitCommand() {
        super("split", "divide rows into parts, groups kept together", SplitOptions.class);
    }

    @Override
    public int run(SplitOptions options, Terminal terminal) throws IOException {
        if (options.executors().isUsed()) {
            RowSource form = new RowSource(
                    List.of(),
                    options.layout().format(),
                    options.layout().columns(),
                    options.layout().form());
            show(
                    ShardCluster.find(options.executors())
                            .split(options.executors(), options.data(), form, options.rules(), options.out()),
                    options,
                    terminal);
            return 0;
        }
        DataFiles.download(options.data(), terminal);
        RowSource source = RowSource.of(
                        "data",
                        options.data(),
                        options.layout().format(),
                        options.layout().columns())
                .with(options.layout().form());
        show(split(source, options, terminal), options, terminal);
        return 0;
    }

    private static SplitOutcome split(RowSource source, SplitOptions options, Terminal terminal) throws IOException {
        long lines = terminal.interactive() ? DataLines.count(source.files()) : 0;
        try (Progress progress =
                terminal.progress("Rows", lines * options.rules().readings())) {
            return Splitter.split(source, options.rules(), options.out(), progress::advance);
        }
    }

    private static void show(SplitOutcome outcome, SplitOptions options, Terminal terminal) {
        int used = outcome.parts().stream().mapToInt(SplitOutcome.Part::rows).sum();
        terminal.print(format(
                "%d rows read, %d in parts by %s, %d left out",
                outcome.rows(), used, options.grouping().by().label(), outcome.rows() - used));
        for (SplitOutcome.Part part : outcome.parts()) {
            terminal.print(format(
                    "  %-8s %8d rows (%.1f %%, asked %.1f %%) of %d groups",
                    part.name(), part.rows(), percent(part.rows(), used), 100 * part.asked(), part.groups()));
            if (part.rows() == 0) {
                terminal.log("Note: " + part.name() + " has no row; there are few groups, or its share is small.");
            } else if (part.misses(used)) {
                terminal.log(missed(part, used, options));
            }
        }
        outcome.leftOut().forEach((reason, count) -> terminal.print(format("  %d left out: %s", count, reason)));
        if (!outcome.cuts().isEmpty()) {
            terminal.print("  parts begin at " + String.join(", ", outcome.cuts()));
        }
        outcome.strata().entrySet().stream()
                .limit(VALUES)
                .forEach(value -> terminal.print(stratum(options.grouping().stratify(), value, outcome)));
        if (outcome.strata().size() > VALUES) {
            terminal.print(format(
                    "  … and %d more values in split.json", outcome.strata().size() - VALUES));
        }
        terminal.print("wrote " + options.out());
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("out", options.out().toString());
        document.putAll(outcome.document());
        terminal.result(document);
    }

    private static String missed(SplitOutcome.Part part, int used, SplitOptions options) {
        return format(
                "Note: %s has %.1f %% of the rows where %.1f %% were asked: the rows of one %s stay together, and chance places each; where"
                        + " they are few or some have many rows, shares miss. Another seed%s may come closer.",
                part.name(),
                percent(part.rows(), used),
                100 * part.asked(),
                options.grouping().by().label(),
                options.grouping().by() == GroupBy.USER ? ", or cap-per-user," : "");
    }

    private static String stratum(@Nullable String field, Map.Entry<String, int[]> value, SplitOutcome outcome) {
        int all = 0;
        for (int count : value.getValue()) {
            all += count;
        }
        StringBuilder line = new StringBuilder(format("  %s %s:", field, value.getKey()));
        for (int part = 0; part < value.getValue().length; part++) {
            line.append(format(
                    " %s %d (%.1f %%)",
                    outcome.parts().get(part).name(), value.getValue()[part], percent(value.getValue()[part], all)));
        }
        return line.toString();
    }

    private static double percent(int rows, int all) {
        return all == 0 ? 0 : 100.0 * rows / all;
    }
}
