package org.align4j.examples.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.Command;
import org.align4j.core.cli.Guide;
import org.align4j.core.cli.Guide.Group;
import org.align4j.core.cli.train.TrainCommand;
import org.align4j.core.options.OptionSpec;
import org.align4j.core.options.OptionsSpec;
import org.align4j.core.options.OtherNames;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** docs/commands.md and {@code --help} say what the options are and which way each of them works. */
class CommandsPageTest {
    private static final Path PAGE = MarkdownPage.ROOT.resolve("docs/commands.md");
    private static final List<String> TRAINING = List.of("sft", "dpo", "reward", "ppo", "distill");
    private static final Pattern SAYS_WHICH_WAY =
            Pattern.compile("\\b(more|larger|higher|smaller|lower|longer|further)\\b");

    /** The commands that users have: those of the main sources. */
    private static List<Command<?>> commands() {
        List<Command<?>> commands = new ArrayList<>();
        for (Command<?> command : new TreeMap<>(Align.commands()).values()) {
            Class<?> source = command instanceof TrainCommand<?> training
                    ? training.method().getClass()
                    : command.getClass();
            String origin =
                    source.getProtectionDomain().getCodeSource().getLocation().getPath();
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

    /** The options' rows by the heading that stands above them. */
    private static Map<String, List<String>> rows(Command<?> command) {
        OptionsSpec<?> spec = OptionsSpec.of(command.options());
        Map<String, List<String>> rows = new LinkedHashMap<>();
        rows.put("", new ArrayList<>());
        for (OptionSpec option : spec.options()) {
            rows.computeIfAbsent(spec.heading(option), heading -> new ArrayList<>())
                    .add(row(option));
        }
        return rows;
    }

    private static void tables(List<String> lines, Map<String, List<String>> tables, Predicate<String> shown) {
        tables.forEach((heading, all) -> {
            List<String> rows = all.stream().filter(shown).toList();
            if (!rows.isEmpty()) {
                lines.addAll(heading.isEmpty() ? List.of() : List.of("", "**" + heading + "**"));
                lines.addAll(List.of("", "| option | value | default | what it does |", "|---|---|---|---|"));
                lines.addAll(rows);
            }
        });
    }

    /** The rows that all trainings have. */
    private static Set<String> shared(List<Command<?>> commands) {
        Set<String> shared = new LinkedHashSet<>(flat(commands, TRAINING.get(0)));
        TRAINING.forEach(name -> shared.retainAll(flat(commands, name)));
        return shared;
    }

    private static List<String> flat(List<Command<?>> commands, String name) {
        return rows(named(commands, name)).values().stream()
                .flatMap(List::stream)
                .toList();
    }

    private static Command<?> named(List<Command<?>> commands, String name) {
        return commands.stream()
                .filter(command -> command.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static String written() {
        List<Command<?>> commands = commands();
        Set<String> shared = shared(commands);
        List<String> lines = new ArrayList<>(
                List.of(
                        "# Commands",
                        "",
                        "`align COMMAND --help` prints a command's options. This page is made from the same texts by `CommandsPageTest`, which fails where",
                        "the two differ; `-Dalign4j.write-docs=true` has it write the page. Every command also takes `--config F` (a YAML file with the",
                        "options as keys; the command line wins), `--json` (the result as one JSON document) and `--debug` (stack traces)."));
        Guide guide = Guide.read();
        lines.addAll(List.of(
                "Examples read what others make: `runs/courteous` is made by the first one of dpo, `runs/scorer` by that of reward, `runs/chats` by sft's.",
                ""));
        for (Group group : Group.values()) {
            List<String> names = commands.stream()
                    .map(Command::name)
                    .filter(name -> guide.group(name) == group)
                    .map(name -> "[" + name + "](#" + name + ")")
                    .toList();
            lines.addAll(
                    names.isEmpty() ? List.of() : List.of("- " + group.heading() + ": " + String.join(", ", names)));
        }
        for (Command<?> command : commands) {
            lines.addAll(List.of("", "## " + command.name(), ""));
            String summary = command.summary();
            lines.add(Character.toUpperCase(summary.charAt(0)) + summary.substring(1) + ".");
            OptionsSpec.of(command.options())
                    .positional()
                    .ifPresent(option -> lines.addAll(
                            List.of("", "`align " + command.name() + " " + option.label() + "`: " + option.help())));
            boolean training = TRAINING.contains(command.name());
            if (training) {
                lines.addAll(
                        List.of("", "It also takes [the options of every training](#the-options-of-every-training)."));
            }
            tables(lines, rows(command), row -> !training || !shared.contains(row));
            lines.addAll(List.of("", "```bash no-run"));
            guide.examples(command.name()).forEach(example -> lines.add("./" + example.line()));
            lines.add("```");
        }
        lines.addAll(List.of(
                "",
                "## The options of every training",
                "",
                "`align sft`, `dpo`, `reward`, `ppo` and `distill` have these."));
        tables(lines, rows(named(commands, TRAINING.get(0))), shared::contains);
        lines.addAll(List.of(
                "",
                "## Names of other libraries",
                "",
                "What TRL, PEFT, transformers, axolotl, LLaMA-Factory, unsloth, OpenAI's API and PyTorch call by other names is understood, or the error says what it is here, or why it isn't.",
                "",
                "| of | elsewhere | here |",
                "|---|---|---|"));
        for (OtherNames.Line line : OtherNames.lines()) {
            lines.add(otherNames(line));
        }
        return String.join("\n", lines) + "\n";
    }

    /** A value whose name is taken has no question in its error. */
    private static String otherNames(OtherNames.Line line) {
        String about = Set.of("commands", "options", "not here").contains(line.about())
                ? line.about()
                : "`--" + line.about() + "`";
        String names = line.names().stream().map(name -> "`" + name + "`").collect(Collectors.joining(", "));
        String taken = line.same() ? " (taken)" : "";
        return "| " + about + " | " + names + " | " + String.join("; else ", line.meanings()) + taken + " |";
    }

    @Test
    void thePageIsWhatTheCommandLineSays() throws IOException {
        if (Boolean.getBoolean("align4j.write-docs")) {
            Files.writeString(PAGE, written());
        }
        assertThat(PAGE).content().isEqualTo(written());
    }

    /** Two examples of each command; those that can run do, in a folder with the demo's data, those whose files others read first. */
    @Test
    void theExamplesOfHelpRun(@TempDir Path folder) throws IOException {
        Guide guide = Guide.read();
        List<String> first = List.of("generate", "sft", "reward", "dpo");
        List<Guide.Example> examples = commands().stream()
                .sorted(Comparator.comparing(command -> -first.indexOf(command.name())))
                .flatMap(command -> {
                    List<Guide.Example> own = guide.examples(command.name());
                    assertThat(own)
                            .as(command.name())
                            .hasSize(2)
                            .allMatch(example -> example.line().startsWith("align " + command.name()));
                    return own.stream();
                })
                .toList();
        assertThat(commands()).noneMatch(command -> guide.group(command.name()) == Group.OTHER);
        assertThat(guide.beginning()).hasSize(3);
        List<String> run = examples.stream()
                .filter(Guide.Example::runs)
                .map(Guide.Example::line)
                .toList();
        assertThat(examples.size() - run.size())
                .as("examples that need a person, a network, a service or minutes")
                .isEqualTo(24);
        String lines = String.join("\n", run);
        new PageRun(folder, lines).shell(lines);
    }

    @Test
    void theOverviewHasGroupsAndABeginning() {
        Terminal terminal = Terminal.captured();
        Align.run(terminal, "--help");
        assertThat(terminal.captureOutput().lines())
                .contains("Begin with:", "  align demo", "Data:", "Train:", "Judge:", "Use:", "Learn:")
                .containsSubsequence("Data:", "Train:", "Judge:", "Use:", "Learn:");
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

    /** What one begins with stands without a heading, everything else of a training under the one of its group. */
    @ParameterizedTest
    @CsvSource({"sft, Optimizer", "dpo, Loss", "dpo, Reference", "reward, Reward model", "ppo, Rollouts", "ppo, LoRA"})
    void theOptionsOfATrainingStandUnderHeadings(String command, String heading) {
        Terminal terminal = Terminal.captured();
        Align.run(terminal, command, "--help");
        List<String> lines = terminal.captureOutput().lines().toList();
        assertThat(lines).contains(heading + ":", "Machine:", "In every command:");
        List<String> first = lines.subList(0, lines.indexOf("What is trained:"));
        assertThat(first.stream().filter(line -> line.startsWith("  --")))
                .hasSizeLessThanOrEqualTo(8)
                .anyMatch(line -> line.startsWith("  --dry-run"));
    }

    /** A seed, a port and a lesson's number are numbers, but no quantities. */
    @Test
    void everyQuantitySaysWhatMoreOfItDoes() {
        Set<String> silent = new LinkedHashSet<>();
        int quantities = 0;
        for (Command<?> command : commands()) {
            for (OptionSpec option : OptionsSpec.of(command.options()).options()) {
                if (option.typeText().matches("(key=)?(integer|number)\\b.*")
                        && !Set.of("seed", "lesson", "port").contains(option.name())) {
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
