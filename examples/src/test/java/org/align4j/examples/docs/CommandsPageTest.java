package org.align4j.examples.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.Command;
import org.align4j.core.options.OptionSpec;
import org.align4j.core.options.OptionsSpec;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** docs/commands.md and {@code --help} say what the options are and which way each of them works. */
class CommandsPageTest {
    private static final Path PAGE = MarkdownPage.ROOT.resolve("docs/commands.md");
    private static final List<String> TRAINING = List.of("sft", "dpo", "reward", "ppo");
    private static final Pattern SAYS_WHICH_WAY =
            Pattern.compile("\\b(more|larger|higher|smaller|lower|longer|further)\\b");

    /** The commands that users have: those of the main sources. */
    private static List<Command<?>> commands() {
        List<Command<?>> commands = new ArrayList<>();
        for (Command<?> command : new TreeMap<>(Align.commands()).values()) {
            String origin = command.getClass()
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .getPath();
            if (!origin.contains("test-classes") && !origin.contains("-tests")) {
                commands.add(command);
            }
        }
        return commands;
    }

    private static String row(OptionSpec option) {
        return "| `--" + option.name() + "` | " + cell(option.typeText()) + " | " + cell(option.defaultText()) + " | "
                + cell(option.help()) + " |";
    }

    private static String cell(String text) {
        return text.isEmpty()
                ? ""
                : text.replace("|", "\\|").replace("<", "\\<").replace("|", "|");
    }

    private static Set<String> rows(Command<?> command) {
        Set<String> rows = new LinkedHashSet<>();
        OptionsSpec.of(command.options()).options().forEach(option -> rows.add(row(option)));
        return rows;
    }

    private static void table(List<String> lines, Set<String> rows) {
        if (!rows.isEmpty()) {
            lines.addAll(List.of("", "| option | value | default | what it does |", "|---|---|---|---|"));
            lines.addAll(rows);
        }
    }

    private static String written() {
        List<Command<?>> commands = commands();
        Set<String> shared = null;
        for (Command<?> command : commands) {
            if (TRAINING.contains(command.name())) {
                Set<String> rows = rows(command);
                shared = shared == null ? rows : shared;
                shared.retainAll(rows);
            }
        }
        List<String> lines = new ArrayList<>(
                List.of(
                        "# Commands",
                        "",
                        "`align COMMAND --help` prints a command's options. This page is made from the same texts by `CommandsPageTest`, which fails where",
                        "the two differ; `-Dalign4j.write-docs=true` has it write the page anew. Every command also takes `--config F` (a YAML file with the",
                        "options as keys; the command line wins), `--json` (the result as one JSON document) and `--debug` (stack traces)."));
        for (Command<?> command : commands) {
            lines.addAll(List.of("", "## " + command.name(), ""));
            String summary = command.summary();
            lines.add(Character.toUpperCase(summary.charAt(0)) + summary.substring(1) + ".");
            OptionsSpec.of(command.options())
                    .positional()
                    .ifPresent(option -> lines.addAll(
                            List.of("", "`align " + command.name() + " " + option.label() + "`: " + option.help())));
            Set<String> rows = rows(command);
            if (TRAINING.contains(command.name())) {
                rows.removeAll(shared);
                lines.addAll(
                        List.of("", "It also takes [the options of every training](#the-options-of-every-training)."));
            }
            table(lines, rows);
        }
        lines.addAll(List.of(
                "", "## The options of every training", "", "`align sft`, `dpo`, `reward` and `ppo` have these."));
        table(lines, shared);
        return String.join("\n", lines) + "\n";
    }

    @Test
    void thePageIsWhatTheCommandLineSays() throws IOException {
        if (Boolean.getBoolean("align4j.write-docs")) {
            Files.writeString(PAGE, written());
        }
        assertThat(PAGE).content().isEqualTo(written());
    }

    @ParameterizedTest
    @ValueSource(strings = {"sft", "dpo", "reward", "ppo"})
    void theHelpOfATrainingBeginsWithWhatOneGives(String command) {
        Terminal terminal = Terminal.captured();
        Align.run(terminal, command, "--help");
        assertThat(terminal.captureOutput().lines().filter(line -> line.startsWith("  --")))
                .map(line -> line.strip().split(" ")[0])
                .startsWith("--model", "--data", "--eval-data", "--out", "--learning-rate", "--epochs");
    }

    /** A seed and a lesson's number are numbers, but no quantities. */
    @Test
    void everyQuantitySaysWhatMoreOfItDoes() {
        Set<String> silent = new LinkedHashSet<>();
        int quantities = 0;
        for (Command<?> command : commands()) {
            for (OptionSpec option : OptionsSpec.of(command.options()).options()) {
                if (option.typeText().matches("(key=)?(integer|number)\\b.*")
                        && !Set.of("seed", "lesson").contains(option.name())) {
                    quantities++;
                    if (!SAYS_WHICH_WAY.matcher(option.help()).find()) {
                        silent.add(command.name() + " --" + option.name() + ": " + option.help());
                    }
                }
            }
        }
        assertThat(silent).isEmpty();
        assertThat(quantities).isGreaterThan(100);
    }
}
