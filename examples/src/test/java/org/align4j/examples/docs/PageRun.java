package org.align4j.examples.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.Command;
import org.align4j.core.options.OptionsSpec;
import org.align4j.core.terminal.Terminal;

/**
 * Carries out the blocks of pages in their order, in a folder that holds the first rows of the demo's data: what a reader does who
 * pastes one after the other. Commands are made small by options that the page doesn't give, and a training whose run no later block
 * reads is a dry run.
 */
final class PageRun {
    private static final Map<String, Integer> ROWS =
            Map.of("train.jsonl", 32, "heldout.jsonl", 8, "chats.jsonl", 16, "guard.jsonl", 4, "texts.jsonl", 4);

    private static final Map<String, String> SMALL = new LinkedHashMap<>();

    static {
        SMALL.put("max-steps", "1");
        SMALL.put("batch-size", "4");
        SMALL.put("rollouts-per-step", "8");
        SMALL.put("max-new-tokens", "8");
        SMALL.put("samples", "1");
        SMALL.put("resamples", "100");
        SMALL.put("threads", "1");
        SMALL.put("device", "cpu");
        SMALL.put("dtype", "fp32");
    }

    private static final Pattern WORD = Pattern.compile("(?:'[^']*'|\"[^\"]*\"|[^\\s'\"])+");
    private static final Pattern HERE_FILE = Pattern.compile("cat > (\\S+) << 'END'");
    private static final Pattern HEAD = Pattern.compile("head -(\\d+) (\\S+) > (\\S+)");
    private static final Pattern OWN_PATH = Pattern.compile("(?<![\\w./-])(data|runs)/");
    private static final Pattern PROGRAM = Pattern.compile("public final class (\\w+)");

    private final Path place;
    private final String blocks;
    private int done;

    /**
     * Copies model and rows.
     *
     * @param place an empty folder
     * @param blocks the text of all blocks that will be run
     */
    PageRun(Path place, String blocks) throws IOException {
        this.place = place;
        this.blocks = blocks;
        Path demo = Files.createDirectories(place.resolve("data/demo"));
        Files.createDirectories(place.resolve("runs"));
        Path carried = MarkdownPage.ROOT.resolve("data/demo");
        for (Map.Entry<String, Integer> file : ROWS.entrySet()) {
            try (Stream<String> lines = Files.lines(carried.resolve(file.getKey()))) {
                Files.write(
                        demo.resolve(file.getKey()),
                        lines.limit(file.getValue()).toList());
            }
        }
        Path model = Files.createDirectory(demo.resolve("model"));
        try (Stream<Path> files = Files.list(carried.resolve("model"))) {
            for (Path file : files.toList()) {
                Files.copy(file, model.resolve(file.getFileName()));
            }
        }
    }

    /** Runs a block of commands to be pasted into a shell; {@code cat > FILE << 'END'} and {@code head} write files. */
    void shell(String block) throws IOException {
        List<String> lines = joined(block);
        for (int at = 0; at < lines.size(); at++) {
            Matcher file = HERE_FILE.matcher(lines.get(at));
            Matcher head = HEAD.matcher(lines.get(at));
            if (file.matches()) {
                int end = lines.subList(at, lines.size()).indexOf("END") + at;
                Files.write(place.resolve(file.group(1)), lines.subList(at + 1, end));
                at = end;
            } else if (head.matches()) {
                List<String> all = Files.readAllLines(place.resolve(head.group(2)));
                Files.write(place.resolve(head.group(3)), all.subList(0, Integer.parseInt(head.group(1))));
            } else if (!lines.get(at).isBlank()) {
                align(lines.get(at));
            }
        }
    }

    /** Runs what was typed after {@code $}; the lines below it are what is printed, each as it stands unless it holds "…". */
    void transcript(String block) throws IOException {
        List<String> lines = joined(block);
        for (int at = 0; at < lines.size(); ) {
            int next = at + 1;
            while (next < lines.size() && !lines.get(next).startsWith("$ ")) {
                next++;
            }
            List<String> below = lines.subList(at + 1, next);
            String typed = lines.get(at).substring("$ ".length());
            if (typed.startsWith("cat ")) {
                shown(place.resolve(typed.substring("cat ".length())), below);
            } else {
                assertThat(align(typed).lines())
                        .as(typed)
                        .containsSubsequence(below.stream()
                                .filter(line -> !line.contains("…"))
                                .toList());
            }
            at = next;
        }
    }

    /** A file that isn't there yet is what the page says that it is. */
    private void shown(Path file, List<String> lines) throws IOException {
        if (Files.exists(file)) {
            assertThat(Files.readString(file).replace(place + "/", "")).isEqualTo(String.join("\n", lines) + "\n");
        } else {
            Files.write(file, lines);
        }
    }

    /** Compiles and runs a program. */
    void java(String program) throws IOException, ReflectiveOperationException {
        Matcher name = PROGRAM.matcher(program);
        assertThat(name.find()).isTrue();
        Path classes = Files.createDirectory(place.resolve("classes" + done++));
        Path source = classes.resolve(name.group(1) + ".java");
        Files.writeString(source, inPlace(program));
        assertThat(ToolProvider.getSystemJavaCompiler()
                        .run(null, null, null, "-d", classes.toString(), "-proc:none", source.toString()))
                .isZero();
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {classes.toUri().toURL()})) {
            loader.loadClass(name.group(1)).getMethod("main", String[].class).invoke(null, (Object) new String[0]);
        }
    }

    /** Runs a script of Java snippets. */
    void jshell(String script, String... options) throws IOException {
        Path file = Files.writeString(place.resolve("script" + done++ + ".jsh"), inPlace(script));
        Terminal terminal = Terminal.captured();
        String[] words = Stream.concat(Stream.of("jshell", file.toString()), Stream.of(options))
                .toArray(String[]::new);
        assertThat(atHome(terminal, words)).as(terminal.captureLog()).isZero();
    }

    /** Runs a command that finds the checkout's lessons. */
    private static int atHome(Terminal terminal, String... words) {
        System.setProperty("align4j.home", MarkdownPage.ROOT.toString());
        try {
            return Align.run(terminal, words);
        } finally {
            System.clearProperty("align4j.home");
        }
    }

    /** The names of what lies in runs/ by now. */
    List<String> made() throws IOException {
        try (Stream<Path> files = Files.list(place.resolve("runs"))) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    /** How many commands and programs were run. */
    int done() {
        return done;
    }

    private String align(String line) {
        done++;
        List<String> words = WORD.matcher(line.replaceFirst("\\s+# .*", ""))
                .results()
                .map(word -> word.group().replaceAll("['\"]", ""))
                .collect(Collectors.toCollection(ArrayList::new));
        assertThat(words.remove(0)).as(line).isIn("./align", "align");
        List<String> given = words.stream().map(this::placed).collect(Collectors.toCollection(ArrayList::new));
        given.addAll(small(words));
        Terminal terminal = Terminal.captured();
        int code = atHome(terminal, given.toArray(String[]::new));
        assertThat(code).as(line + "\n" + terminal.captureLog()).isZero();
        return (terminal.captureOutput() + terminal.captureLog()).replace(place + "/", "");
    }

    private List<String> small(List<String> words) {
        Command<?> command = Objects.requireNonNull(Align.commands().get(words.get(0)));
        List<String> options = OptionsSpec.of(command.options()).names();
        if (words.contains("--dry-run")) {
            return options.contains("threads") ? List.of("--threads", "1") : List.of();
        }
        Pattern out = Pattern.compile(Pattern.quote(words.get(words.indexOf("--out") + 1)) + "(?![\\w-])");
        if (options.contains("dry-run") && out.matcher(blocks).results().count() == 1) {
            return List.of("--dry-run", "--threads", "1");
        }
        return SMALL.entrySet().stream()
                .filter(option -> options.contains(option.getKey()) && !words.contains("--" + option.getKey()))
                .filter(option -> !option.getKey().equals("batch-size") || !options.contains("rollouts-per-step"))
                .filter(option -> !option.getKey().equals("max-steps")
                        || !words.contains("--epochs") && !words.contains("--steps"))
                .flatMap(option -> Stream.of("--" + option.getKey(), option.getValue()))
                .toList();
    }

    /** A word with its paths in the folder: those that begin with data/ or runs/, and names of files at its top. */
    private String placed(String word) {
        if (Files.isRegularFile(place.resolve(word)) || word.matches("[a-z-]+\\.(jsonl|gguf)")) {
            return place.resolve(word).toString();
        }
        return inPlace(word);
    }

    private String inPlace(String text) {
        return OWN_PATH.matcher(text).replaceAll(Matcher.quoteReplacement(place + "/") + "$1/");
    }

    private static List<String> joined(String block) {
        return block.replaceAll("\\\\\n\\s*", "").lines().toList();
    }
}
