package org.align4j.examples.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A Markdown file, read as far as the checks of the documentation need it.
 *
 * @param file where it lies
 * @param fences its blocks of code
 * @param prose its lines outside of blocks of code
 */
record MarkdownPage(Path file, List<Fence> fences, List<String> prose) {
    static final Path ROOT = Path.of(System.getProperty("align4j.root"));

    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
    private static final Pattern CODE = Pattern.compile("`[^`]*`");

    /**
     * A block of code.
     *
     * @param language what stands after the opening fence: {@code bash}, {@code console} (what is typed, after {@code $}, and printed),
     *     {@code java} …; {@code no-run} after it marks what needs the network, a model of the hub or files of the reader's
     * @param lines its lines, without the indentation of its fence
     */
    record Fence(String language, List<String> lines) {
        String text() {
            return String.join("\n", lines);
        }

        /** Whether it holds lines for a shell. */
        boolean isShell() {
            return language.startsWith("bash") || language.startsWith("console");
        }
    }

    /** Reads README.md, CONTRIBUTING.md and every page below docs. */
    static List<MarkdownPage> all() throws IOException {
        List<MarkdownPage> pages = new ArrayList<>();
        pages.add(read(ROOT.resolve("README.md")));
        pages.add(read(ROOT.resolve("CONTRIBUTING.md")));
        try (Stream<Path> files = Files.walk(ROOT.resolve("docs"))) {
            for (Path file : files.filter(path -> path.toString().endsWith(".md"))
                    .sorted()
                    .toList()) {
                pages.add(read(file));
            }
        }
        return pages;
    }

    /** Reads all pages in the order of the book: README.md, what the table of contents names, then the others. */
    static List<MarkdownPage> book() throws IOException {
        List<String> contents = read(ROOT.resolve("docs/README.md")).links();
        List<MarkdownPage> pages = new ArrayList<>(all());
        pages.sort(Comparator.comparingInt(page -> {
            int at = contents.indexOf(page.file().getFileName().toString());
            return page.toString().equals("README.md") ? -1 : at < 0 ? contents.size() : at;
        }));
        return pages;
    }

    static MarkdownPage read(Path file) throws IOException {
        List<Fence> fences = new ArrayList<>();
        List<String> prose = new ArrayList<>();
        Fence open = null;
        int indent = 0;
        for (String line : Files.readAllLines(file)) {
            String stripped = line.strip();
            if (stripped.startsWith("```")) {
                indent = line.indexOf('`');
                open = open == null ? new Fence(stripped.substring(3), new ArrayList<>()) : null;
                if (open != null) {
                    fences.add(open);
                }
            } else if (open != null) {
                open.lines().add(line.substring(Math.min(indent, line.length())));
            } else {
                prose.add(line);
            }
        }
        return new MarkdownPage(file, fences, prose);
    }

    /** Returns the targets of its links, as they are written. */
    List<String> links() {
        return prose.stream()
                .map(line -> CODE.matcher(line).replaceAll("code"))
                .flatMap(line -> LINK.matcher(line).results().map(found -> found.group(1)))
                .toList();
    }

    /** Returns the anchors of its headings, as GitHub makes them. */
    List<String> anchors() {
        List<String> anchors = new ArrayList<>();
        Map<String, Integer> seen = new HashMap<>();
        for (String line : prose) {
            Matcher heading = Pattern.compile("#{1,6} (.+)").matcher(line);
            if (heading.matches()) {
                String anchor = heading.group(1)
                        .strip()
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N} _-]", "")
                        .replace(' ', '-');
                int before = seen.merge(anchor, 1, Integer::sum) - 1;
                anchors.add(before == 0 ? anchor : anchor + "-" + before);
            }
        }
        return anchors;
    }

    @Override
    public String toString() {
        return ROOT.relativize(file).toString();
    }
}
