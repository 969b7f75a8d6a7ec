package org.align4j.examples.shell;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jdk.jshell.tool.JavaShellToolBuilder;
import org.align4j.core.error.RunException;
import org.align4j.core.files.Folders;
import org.align4j.core.files.FreshFile;
import org.align4j.core.stop.StopSignal;
import org.align4j.core.terminal.Terminal;

/** The JDK's own JShell at a terminal, in this process, whose native settings are made. */
record TypedShell(Terminal terminal) {
    /**
     * Lets a person type until they leave.
     *
     * @param loaded snippets that come first; empty for none
     * @return the exit code: what {@code /exit} was given, usually 0
     */
    int run(String loaded) throws IOException {
        terminal.log(
                "Align4J in JShell: var model = Align4j.open(\"data/demo/model\") opens a model, /imports lists what is"
                        + " imported, /exit leaves.");
        Path folder = Folders.makeTemporary("align4j-jshell-");
        try {
            Path imports = write(folder.resolve("imports.jsh"), Surroundings.imports());
            List<String> words =
                    new ArrayList<>(List.of("--execution", "local", "--class-path", Surroundings.classPath()));
            words.addAll(List.of("--startup", imports.toString()));
            if (!loaded.isEmpty()) {
                words.add(write(folder.resolve("loaded.jsh"), loaded).toString());
            }
            return StopSignal.<Integer, IOException>waiting(() -> start(words));
        } finally {
            Folders.deleteTree(folder);
        }
    }

    private static int start(List<String> words) {
        try {
            return JavaShellToolBuilder.builder().start(words.toArray(String[]::new));
        } catch (Exception e) {
            throw new RunException("JShell ended by a failure: " + e.getMessage() + ".", e);
        }
    }

    private static Path write(Path file, String text) throws IOException {
        FreshFile.write(file, text.getBytes(StandardCharsets.UTF_8));
        return file;
    }
}
