package org.align4j.examples.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.Command;
import org.align4j.core.options.OptionSpec;
import org.align4j.core.options.OptionsSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Pages, lessons, help, messages and Javadoc say nothing that {@code docs/words.tsv} has a better word for, and no sentence is longer than
 * the limit of its place. Code doesn't count. In cells of tables and items of lists, which are phrases, a semicolon ends a sentence, too.
 */
class PlainEnglishTest {
    private static final List<Word> WORDS = words();
    private static final Pattern SENTENCES = Pattern.compile("(?<=[.!?])[\"”)*_\\]]*\\s+|\\s·\\s");
    private static final Pattern COUNTED = Pattern.compile("\\S*[\\p{L}\\p{N}]\\S*");
    private static final Pattern TOKENS = Pattern.compile(
            "\"\"\"(.*?)\"\"\"|\"((?:[^\"\\\\\\n]|\\\\.)*)\"|'(?:[^'\\\\\\n]|\\\\.)+'|//[^\\n]*|/\\*(.*?)\\*/",
            Pattern.DOTALL);
    private static final Pattern BLOCKS =
            Pattern.compile("\\n\\s*\\n|</?(?:p|ul|ol|li|table|tr|td|th|dl|dt|dd|caption)\\b[^>]*>|(?m:^\\s*@\\w+)");
    private static final Pattern ITEM = Pattern.compile("([-*+]|\\d+\\.)\\s.*");

    private static final Pattern SCRIPT_TEXTS =
            Pattern.compile("'[A-Z][^'\\n]* [^'\\n]*'|`[A-Z][^`\\n]* [^`\\n]*`|\"[A-Z][^\"\\n]* [^\"\\n]*\"");
    private static final Pattern TEXTS_OF_PAGES = Pattern.compile("(?<=>)[^<>]+(?=<)");
    private static final Pattern CELLS = Pattern.compile("[^\\t\\n]+");
    private static final Pattern CODE_IN_TEXT = Pattern.compile("\\{%|font-|max-width");

    /** Pages for readers who look one thing up, and records of what was measured and decided: their limit is higher. */
    private static final Set<String> REFERENCE = Set.of(
            "CHANGELOG.md",
            "CONTRIBUTING.md",
            "docs/architecture.md",
            "docs/bench/gpu/README.md",
            "docs/bench/planted.md",
            "docs/cluster.md",
            "docs/decisions.md",
            "docs/dependencies.md",
            "docs/exactness.md",
            "docs/inside.md",
            "docs/reliability.md",
            "docs/results-notes.md",
            "docs/serve/azure.md",
            "docs/serve/batches.md",
            "docs/serve/fireworks.md",
            "docs/serve/import.md",
            "docs/serve/mistral.md",
            "docs/serve/reinforcement.md",
            "docs/serve/together.md",
            "docs/tinker.md");

    private enum Place {
        DOCS,
        LESSONS,
        HELP,
        MESSAGES,
        JAVADOC
    }

    /**
     * A line of the list.
     *
     * @param pattern what is found
     * @param instead what is written in its place
     * @param places where it is held
     * @param exceptions exact phrases in which it stays
     */
    private record Word(Pattern pattern, String instead, Set<String> places, List<String> exceptions) {
        /** Returns what a text has of it, outside the exceptions. */
        List<String> in(String text) {
            String lower = text.toLowerCase(Locale.ROOT);
            return pattern.matcher(text)
                    .results()
                    .filter(found -> exceptions.stream().noneMatch(phrase -> {
                        int at = lower.indexOf(phrase, Math.max(0, found.end() - phrase.length()));
                        return at >= 0 && at <= found.start();
                    }))
                    .map(found -> "\"" + found.group() + "\"; write " + instead)
                    .toList();
        }
    }

    /** A paragraph, a cell, an item, a literal or a comment, and the file that it is in. */
    private record Text(String file, String words) {
        /** Returns its sentences that have more words than the limit. */
        List<String> longer(int limit) {
            return SENTENCES
                    .splitAsStream(words)
                    .filter(sentence -> !CODE_IN_TEXT.matcher(sentence).find())
                    .filter(sentence -> COUNTED.matcher(sentence).results().count() > limit)
                    .map(sentence -> file + ": " + sentence)
                    .toList();
        }
    }

    private static List<Word> words() {
        try {
            return Files.readAllLines(MarkdownPage.ROOT.resolve("examples/src/test/resources/docs/words.tsv")).stream()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.split("\t"))
                    .map(cells -> new Word(
                            Pattern.compile(cells[0], Pattern.CASE_INSENSITIVE),
                            cells[1],
                            Set.of(cells[2].split(" ")),
                            cells.length > 3
                                    ? List.of(cells[3].toLowerCase(Locale.ROOT).split("; "))
                                    : List.of()))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Text> texts(Place place) throws IOException {
        List<Text> texts = new ArrayList<>();
        switch (place) {
            case DOCS -> pages(texts);
            case HELP -> help(texts);
            default -> {
                for (Path file : sources(".java")) {
                    java(texts, place, MarkdownPage.ROOT.relativize(file).toString(), Files.readString(file));
                }
            }
        }
        if (place == Place.MESSAGES) {
            for (String end :
                    List.of(".html", ".js", "glossary.json", "fields.tsv", "documents.tsv", "guide.txt", "names.txt")) {
                for (Path file : sources(end)) {
                    Pattern parts = end.equals(".js") ? SCRIPT_TEXTS : end.equals(".html") ? TEXTS_OF_PAGES : CELLS;
                    parts.matcher(Files.readString(file))
                            .results()
                            .forEach(part ->
                                    texts.add(new Text(file.getFileName().toString(), part.group())));
                }
            }
        }
        return texts;
    }

    private static void pages(List<Text> texts) throws IOException {
        for (MarkdownPage page : MarkdownPage.all()) {
            // Made from the help.
            if (!page.toString().equals("docs/commands.md")) {
                units(Files.readString(page.file())).forEach(unit -> texts.add(new Text(page.toString(), unit)));
            }
        }
        String changes = Files.readString(MarkdownPage.ROOT.resolve("CHANGELOG.md"));
        int latest = changes.indexOf("\n## ");
        units(changes.substring(latest, changes.indexOf("\n## ", latest + 1)))
                .forEach(unit -> texts.add(new Text("CHANGELOG.md", unit)));
    }

    private static void help(List<Text> texts) {
        for (Command<?> command : Align.commands().values()) {
            texts.add(new Text(command.name(), command.summary()));
            OptionsSpec<?> spec = OptionsSpec.of(command.options());
            Stream.concat(spec.options().stream(), spec.positional().stream())
                    .map(OptionSpec::help)
                    .forEach(help -> texts.add(new Text(command.name(), help)));
        }
    }

    private static List<Path> sources(String end) throws IOException {
        List<Path> files = new ArrayList<>();
        for (String module :
                List.of("alignment-core", "web", "serve", "desk", "dpo", "reward-model", "ppo", "spark", "examples")) {
            try (Stream<Path> found = Files.walk(MarkdownPage.ROOT.resolve(module + "/src/main"))) {
                found.filter(file -> file.toString().endsWith(end)).forEach(files::add);
            }
        }
        return files;
    }

    /** Markdown's paragraphs, cells and items, without code, targets of links and headings. */
    private static List<String> units(String page) {
        String text = page.replaceAll("(?ms)^\\s*```.*?^\\s*```\\s*?$", "\n\n").replaceAll("(?s)<!--.*?-->", "\n\n");
        List<String> units = new ArrayList<>();
        StringBuilder unit = new StringBuilder();
        for (String line : (text + "\n").split("\n", -1)) {
            String stripped = line.strip();
            boolean row = stripped.startsWith("|");
            if (stripped.isEmpty()
                    || stripped.startsWith("#")
                    || row
                    || ITEM.matcher(stripped).matches()) {
                add(units, unit.toString());
                unit.setLength(0);
            }
            if (row) {
                Arrays.stream(prose(stripped).split("(?<!\\\\)\\|")).forEach(cell -> add(units, "| " + cell));
            } else if (!stripped.startsWith("#")) {
                unit.append(' ').append(stripped);
            }
        }
        return units;
    }

    private static void add(List<String> units, String unit) {
        String raw = unit.strip();
        boolean phrases = raw.startsWith("|") || ITEM.matcher(raw).matches();
        String prose = prose(phrases ? raw.replaceFirst("^(\\||[-*+]\\s|\\d+\\.\\s)", "") : raw);
        Arrays.stream(phrases ? prose.split("(?<=;)\\s") : new String[] {prose})
                .map(String::strip)
                .filter(each -> !each.isEmpty())
                .forEach(units::add);
    }

    private static String prose(String markdown) {
        return markdown.replaceAll("\\[([^\\]]*)\\]\\([^)]*\\)", "$1")
                .replaceAll("`+[^`]*`+", "`")
                .replace("*", "");
    }

    /** A source's literals (those that a plus joins are one), the prose of a lesson, or its Javadoc. */
    private static void java(List<Text> texts, Place place, String file, String source) {
        StringBuilder literal = new StringBuilder();
        int end = -1;
        Matcher token = TOKENS.matcher(source);
        while (token.find()) {
            String comment = token.group(3);
            if (comment != null && place == Place.JAVADOC && comment.startsWith("*")) {
                javadoc(comment).forEach(block -> texts.add(new Text(file, block)));
            } else if (comment != null
                    && place == Place.LESSONS
                    && file.contains("/lessons/")
                    && !comment.startsWith("*")) {
                units(comment.replaceAll("(?m)^\\s*\\* ?", "")).forEach(unit -> texts.add(new Text(file, unit)));
            } else if (place == Place.MESSAGES && (token.group(1) != null || token.group(2) != null)) {
                if (end < 0 || !source.substring(end, token.start()).matches("\\s*\\+\\s*")) {
                    texts.add(new Text(
                            file,
                            literal.toString().replaceAll("(\\\\n|\\s)+", " ").replace("\\\"", "\"")));
                    literal.setLength(0);
                }
                literal.append(token.group(1) != null ? token.group(1) : token.group(2));
                end = token.end();
            }
        }
        texts.add(new Text(
                file, literal.toString().replaceAll("(\\\\n|\\s)+", " ").replace("\\\"", "\"")));
    }

    private static List<String> javadoc(String comment) {
        String text = comment.replaceAll("(?m)^\\s*\\*+ ?", "")
                .replaceAll("(?s)<pre>.*?</pre>", "\n\n")
                .replaceAll("\\{@link(?:plain)?\\s+[^\\s}]+\\s+([^}]*)\\}", "$1")
                .replaceAll("\\{@(?:link|linkplain|code|literal)\\s+(?:\\{[^}]*\\}|[^{}])*\\}", "`");
        return BLOCKS.splitAsStream(text)
                .map(block -> block.replaceAll("\\s+", " ").strip())
                .filter(block -> !block.isEmpty())
                .toList();
    }

    @ParameterizedTest
    @EnumSource
    void everyPlaceSaysItInPlainWords(Place place) throws IOException {
        String held = place == Place.LESSONS ? "docs" : place.name().toLowerCase(Locale.ROOT);
        List<String> found = new ArrayList<>();
        List<Text> texts = texts(place);
        for (Text text : texts) {
            for (Word word : WORDS) {
                if (word.places().contains(held)) {
                    word.in(text.words()).forEach(each -> found.add(text.file() + ": " + each));
                }
            }
        }
        assertThat(found).isEmpty();
        assertThat(texts).hasSizeGreaterThan(400);
    }

    @ParameterizedTest
    @CsvSource({"LESSONS, 35", "HELP, 35", "MESSAGES, 45", "JAVADOC, 45"})
    void sentencesAreShort(Place place, int limit) throws IOException {
        assertThat(texts(place).stream().flatMap(text -> text.longer(limit).stream()))
                .isEmpty();
    }

    @Test
    void sentencesOfPagesAreShort() throws IOException {
        assertThat(texts(Place.DOCS).stream()
                        .flatMap(text -> text.longer(REFERENCE.contains(text.file()) ? 45 : 35).stream()))
                .isEmpty();
    }

    /** What this test finds in texts that were planted, so that it can fail. */
    @Test
    void plantedSentencesAreFound() {
        List<Text> texts = new ArrayList<>();
        String source =
                "/** Tells {@code anew} what a row has, parted by {@code a} comma. */ String it = \"12 bytes \" + \"a token\"; //";
        java(texts, Place.MESSAGES, "A.java", source);
        java(texts, Place.JAVADOC, "A.java", source);
        units("- one bar a token;\n  `dice` told\n\n| a cell, rightly | told apart |\n")
                .forEach(unit -> texts.add(new Text("a.md", unit)));
        List<String> found = texts.stream()
                .flatMap(text -> WORDS.stream().flatMap(word -> word.in(text.words()).stream()))
                .map(each -> each.substring(1, each.indexOf('"', 1)))
                .distinct()
                .toList();
        assertThat(found)
                .containsExactlyInAnyOrder("bytes a token", "Tells", "parted by", "bar a token", "told", "rightly");
        String sentence = "word `code that is no word` ".repeat(36);
        assertThat(units("A short one. " + sentence + "; more.\n")).hasSize(1);
        assertThat(new Text("a.md", units(sentence).get(0)).longer(35)).hasSize(1);
        assertThat(new Text("a.md", units(sentence).get(0)).longer(36)).isEmpty();
        assertThat(units("- " + "word ".repeat(20) + "; " + "word ".repeat(20)))
                .flatExtracting(unit -> new Text("a.md", unit).longer(35))
                .isEmpty();
    }
}
