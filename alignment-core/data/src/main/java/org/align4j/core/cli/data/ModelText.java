package org.align4j.core.cli.data;

import java.nio.file.Path;
import org.align4j.core.hub.ModelFolder;
import org.align4j.core.terminal.ActivityBar;
import org.align4j.core.terminal.Terminal;

/** Finds the tokenizer and template of the model that a command names. */
final class ModelText {
    private ModelText() {}

    /** Returns the folder that they lie in, and shows their download where they are missing. */
    static Path folder(String model, Terminal terminal) {
        try (ActivityBar shown = new ActivityBar(terminal)) {
            return ModelFolder.ofText(model, shown);
        }
    }
}
