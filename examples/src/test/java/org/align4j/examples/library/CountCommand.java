package org.align4j.examples.library;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.cli.Command;
import org.align4j.core.error.InputException;
import org.align4j.core.options.Option;
import org.align4j.core.options.Positional;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.terminal.Terminal;
import org.jspecify.annotations.Nullable;

record CountOptions(
        ModelOptions model, // a group: its options join in

        @Positional(label = "FILE…", help = "What to count.")
        List<Path> files,

        @Option(help = "Rows shown; more print more.", defaultValue = "3")
        int rows, // --rows 3

        @Option(help = "Stop after so many.", unset = "all") @Nullable
        Integer limit) {
    CountOptions {
        if (rows < 1) throw new InputException("rows is " + rows + " but must be at least 1.");
    }
}

public final class CountCommand implements Command<CountOptions> {
    public String name() {
        return "count";
    }

    public String summary() {
        return "count rows";
    }

    public Class<CountOptions> options() {
        return CountOptions.class;
    }

    public int run(CountOptions options, Terminal terminal) {
        terminal.print("12 rows"); // for people; silent with --json
        terminal.result(Map.of("rows", 12)); // the one JSON document of --json
        return 0;
    }
}
