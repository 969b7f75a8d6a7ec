package org.align4j.examples.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.Command;
import org.align4j.core.options.OptionsSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The documentation as a whole: its links lead somewhere, its commands exist, its programs compile. */
class BookTest {
    /** What the pages name besides: options of lm_eval and of the scripts of docs/bench, of a loss of one's own, a beginning of names. */
    private static final Set<String> OTHERS = Set.of(
            "num-fewshot",
            "help",
            "version",
            "config",
            "json",
            "debug",
            "enable-native-access",
            "also",
            "changed",
            "list",
            "why",
            "tokens",
            "out",
            "repeat",
            "repeats",
            "batches",
            "work",
            "lib",
            "smollm2",
            "lengths",
            "long",
            "ablate",
            "value",
            "myloss-margin");

    private static final Pattern OPTION = Pattern.compile("(?<![\\w-])--([a-z][a-z0-9_-]*[a-z0-9])");
    private static final Pattern CODE = Pattern.compile("`([^`]*)`");
    private static final Pattern ALIGN = Pattern.compile("(?:^|[\\s`(])(?:\\./)?align ([a-z][a-z-]*)(?= |$|`)(.*)");

    /** Words that may follow "align" outside of a command line. */
    private static final Set<String> NO_COMMANDS = Set.of("help");

    /** What stands around a part of a program. */
    private static final String PART = """
            import java.nio.file.*;
            import java.util.*;
            import org.align4j.core.*;
            import org.align4j.core.compare.*;
            import org.align4j.core.compare.answers.*;
            import org.align4j.core.compare.judge.*;
            import org.align4j.dpo.*;

            final class Part {
                static void run() throws Exception {
            %s
                }
            }
            """;

    @TempDir
    Path folder;

    @Test
    void everyLinkAndAnchorLeadsSomewhere() throws IOException {
        List<String> broken = new ArrayList<>();
        int links = 0;
        for (MarkdownPage page : MarkdownPage.all()) {
            for (String link : page.links()) {
                if (!link.matches("[a-z]+:.*")) {
                    links++;
                    if (!leads(page, link)) {
                        broken.add(page + ": " + link);
                    }
                }
            }
        }
        assertThat(broken).isEmpty();
        assertThat(links).isGreaterThan(80);
    }

    private static boolean leads(MarkdownPage page, String link) throws IOException {
        int hash = link.indexOf('#');
        String path = hash < 0 ? link : link.substring(0, hash);
        Path target =
                path.isEmpty() ? page.file() : page.file().resolveSibling(path).normalize();
        return Files.exists(target)
                && (hash < 0 || MarkdownPage.read(target).anchors().contains(link.substring(hash + 1)));
    }

    /** Every page is reached from the table of contents, itself aside. */
    @Test
    void theTableOfContentsNamesEveryPage() throws IOException {
        MarkdownPage contents = MarkdownPage.read(MarkdownPage.ROOT.resolve("docs/README.md"));
        try (Stream<Path> files = Files.list(MarkdownPage.ROOT.resolve("docs"))) {
            assertThat(contents.links())
                    .containsAll(files.map(file -> file.getFileName().toString())
                            .filter(name -> name.endsWith(".md") && !name.equals("README.md"))
                            .toList());
        }
    }

    @Test
    void everyCommandAndItsOptionsExist() throws IOException {
        Map<String, Set<String>> options = options();
        Set<String> all = options.values().stream().flatMap(Set::stream).collect(Collectors.toSet());
        List<String> unknown = new ArrayList<>();
        int lines = 0;
        for (MarkdownPage page : MarkdownPage.all()) {
            for (String line : commandLines(page)) {
                var command = ALIGN.matcher(line);
                if (command.find() && !NO_COMMANDS.contains(command.group(1))) {
                    lines++;
                    unknown.addAll(unknown(page, command.group(1), command.group(2), options));
                }
            }
            for (String line : page.prose()) {
                CODE.matcher(line)
                        .results()
                        .map(code -> code.group(1))
                        .forEach(code -> names(code)
                                .filter(name -> !all.contains(name) && !OTHERS.contains(name))
                                .forEach(name -> unknown.add(page + ": --" + name)));
            }
        }
        assertThat(unknown).isEmpty();
        assertThat(lines).isGreaterThan(50);
    }

    private static List<String> unknown(
            MarkdownPage page, String command, String rest, Map<String, Set<String>> options) {
        Set<String> known = options.get(command);
        if (known == null) {
            return List.of(page + ": there is no command " + command);
        }
        String own = rest.split("&&|\\||;|`|  #")[0];
        return names(own)
                .filter(name -> !known.contains(name) && !OTHERS.contains(name))
                .map(name -> page + ": align " + command + " has no --" + name)
                .toList();
    }

    private static Stream<String> names(String text) {
        return OPTION.matcher(text).results().map(found -> found.group(1).replace('_', '-'));
    }

    /** Lines of blocks, those that a backslash goes on joined. Lines that Java or data hold say nothing of commands. */
    private static List<String> commandLines(MarkdownPage page) {
        return page.fences().stream()
                .filter(fence -> fence.isShell() || fence.language().isEmpty())
                .flatMap(fence -> fence.text().replace("\\\n", " ").lines())
                .filter(line -> line.matches("(\\$ |[A-Z0-9_]+=\\S+ )*(\\./)?align .*"))
                .toList();
    }

    private static Map<String, Set<String>> options() {
        Map<String, Set<String>> options = new TreeMap<>();
        for (Command<?> command : Align.commands().values()) {
            options.put(
                    command.name(), Set.copyOf(OptionsSpec.of(command.options()).names()));
        }
        Set<String> swept = new TreeSet<>(options.getOrDefault("sweep", Set.of()));
        List.of("sft", "dpo", "reward", "ppo", "distill").forEach(command -> swept.addAll(options.get(command)));
        options.put("sweep", swept); // the options of the command that it sweeps follow its own
        return options;
    }

    /** Programs compile; parts of programs stand word for word in a source file, which compiles. */
    @Test
    void everyProgramCompilesOrIsPartOfASourceFile() throws IOException {
        List<String> sources = sources();
        int programs = 0;
        for (MarkdownPage page : MarkdownPage.all()) {
            for (MarkdownPage.Fence fence : page.fences()) {
                if (fence.language().equals("java")) {
                    programs++;
                    String words = words(fence.text());
                    boolean stands = sources.stream().anyMatch(source -> source.contains(words));
                    assertThat(stands || compiles(fence.text(), programs))
                            .as("%s:%n%s", page, fence.text())
                            .isTrue();
                }
            }
        }
        assertThat(programs).isGreaterThan(5);
    }

    private static List<String> sources() throws IOException {
        List<String> texts = new ArrayList<>();
        for (String module :
                List.of("alignment-core", "web", "serve", "desk", "dpo", "reward-model", "ppo", "spark", "examples")) {
            try (Stream<Path> files = Files.walk(MarkdownPage.ROOT.resolve(module))) {
                for (Path file :
                        files.filter(path -> path.toString().endsWith(".java")).toList()) {
                    texts.add(words(Files.readString(file)));
                }
            }
        }
        return texts;
    }

    private static String words(String text) {
        return text.strip().replaceAll("\\s+", " ");
    }

    private boolean compiles(String program, int number) throws IOException {
        var name = Pattern.compile("(?m)^public (?:final )?(?:class|record) (\\w+)")
                .matcher(program);
        boolean whole = name.find();
        Path out = Files.createDirectory(folder.resolve("program" + number));
        Path source = Files.writeString(
                out.resolve((whole ? name.group(1) : "Part") + ".java"), whole ? program : PART.formatted(program));
        return ToolProvider.getSystemJavaCompiler()
                        .run(null, null, null, "-d", out.toString(), "-proc:none", source.toString())
                == 0;
    }
}
