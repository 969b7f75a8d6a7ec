package org.align4j.examples;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import org.align4j.core.cli.NamedCommand;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Nearest;
import org.align4j.core.terminal.Terminal;

/** {@code align example}: runs an example or lists them. */
public final class ExampleCommand extends NamedCommand<ExampleOptions> {
    /** Names the command. */
    public ExampleCommand() {
        super("example", "run an example; without a name, list them", ExampleOptions.class);
    }

    @Override
    public int run(ExampleOptions options, Terminal terminal) throws IOException {
        Map<String, Example> examples = new TreeMap<>();
        ServiceLoader.load(Example.class).forEach(example -> examples.put(example.name(), example));
        if (options.name() == null) {
            list(examples, terminal);
            return 0;
        }
        Example example = examples.get(options.name());
        if (example == null) {
            throw new InputException(format(
                    "There is no example %s%s", options.name(), Nearest.hint(options.name(), examples.keySet())));
        }
        example.run(options.out(), terminal);
        return 0;
    }

    private static void list(Map<String, Example> examples, Terminal terminal) {
        Map<String, String> summaries = new TreeMap<>();
        examples.forEach((name, example) -> {
            terminal.print(format("%-16s %s", name, example.summary()));
            summaries.put(name, example.summary());
        });
        terminal.result(Map.of("examples", summaries));
    }
}
