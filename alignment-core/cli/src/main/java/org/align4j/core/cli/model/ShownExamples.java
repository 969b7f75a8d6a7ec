package org.align4j.core.cli.model;

import java.util.List;
import org.align4j.core.data.encode.ExampleTurns;
import org.align4j.core.data.file.DataFiles;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.Columns;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.error.InputException;
import org.align4j.core.session.ModelSession;
import org.align4j.core.terminal.Terminal;

/** Shows a model the examples that {@code --examples} names. */
final class ShownExamples {
    /** Describes the option. */
    static final String HELP =
            "Preferences, desirable answers or conversations that are put before each conversation as examples, system messages left out; files, comma separated. More of them leave less room for the answer.";

    private ShownExamples() {}

    /** Puts the examples before each conversation of a session; does nothing where none are named. */
    static void show(List<String> names, ModelSession session, Terminal terminal) {
        if (names.isEmpty()) {
            return;
        }
        if (!session.text().hasTemplate()) {
            throw new InputException(
                    "examples are given, but the model has no chat template to write them in; give one with"
                            + " --chat-template FILE, or write the examples into the prompts.");
        }
        DataFiles.download(names, terminal);
        ExampleTurns examples = ExampleTurns.read(RowSource.of("examples", names, RowFormat.AUTO, Columns.PLAIN));
        session.show(examples.turns());
        terminal.notes(List.of(examples.note()));
    }
}
