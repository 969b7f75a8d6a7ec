package org.align4j.examples.build;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a reader of the sources meets, in numbers: lines and types of each module, the types that a user of each artifact sees, and the files
 * that one opens to follow a step. {@code docs/bench/reader.json} holds them as the last release had them. The build ends with those that grew
 * by more than 5 % since, with the commits that added most; {@code ReaderFiguresTest} requires the changelog to name them.
 *
 * @param values by name: {@code lines of dpo}, {@code types of dpo}, {@code types seen by a user of alignment-dpo}, {@code step files}
 */
record ReaderFigures(Map<String, Long> values) {
    static final String FILE = "docs/bench/reader.json";
    private static final String STEP_FILES = "docs/bench/step-files.txt";
    private static final String PAGE = "docs/inside.md";
    private static final String BEGIN = "<!-- reader figures: ReaderFigures write makes what follows -->\n";
    private static final String END = "<!-- end of reader figures -->\n";
    private static final double BAR = 0.05;
    private static final int COMMITS = 5;
    private static final Pattern DEPENDENCY = Pattern.compile(
            "<dependency>\\s*<groupId>org\\.align4j</groupId>\\s*<artifactId>([^<]+)</artifactId>\\s*</dependency>");
    private static final Pattern ARTIFACT = Pattern.compile("</parent>\\s*<artifactId>([^<]+)</artifactId>");

    /** The figures of a release, and the commit that they were counted at. */
    record Release(String name, String commit, ReaderFigures figures) {
        static Release read(Path root) throws IOException {
            JsonNode document = new ObjectMapper().readTree(root.resolve(FILE).toFile());
            Map<String, Long> values = new LinkedHashMap<>();
            document.path("figures")
                    .properties()
                    .forEach(each -> values.put(each.getKey(), each.getValue().asLong()));
            return new Release(
                    document.path("release").asText(), document.path("commit").asText(), new ReaderFigures(values));
        }
    }

    /** A figure that is more than 5 % worse than the last release's. */
    record Worse(String name, long before, long now) {
        String sentence() {
            return String.format(
                    Locale.ROOT, "%s: %,d, %.1f %% more than %,d", name, now, 100.0 * (now - before) / before, before);
        }
    }

    /**
     * Counts the sources of a checkout.
     *
     * @param modules its folders with main sources
     */
    static ReaderFigures of(Path root, List<String> modules) throws IOException {
        Map<String, Long> values = new LinkedHashMap<>();
        Map<String, Long> seen = new TreeMap<>();
        Map<String, Set<String>> needed = new TreeMap<>();
        for (String module : modules) {
            List<Path> files = sources(root.resolve(module).resolve("src/main/java"));
            long open = 0;
            long lines = 0;
            for (Path file : files) {
                String text = Files.readString(file);
                lines += text.lines().count();
                open += isPublic(file, text) ? 1 : 0;
            }
            values.put("lines of " + module, lines);
            values.put("types of " + module, (long) files.size());
            String pom = Files.readString(root.resolve(module).resolve("pom.xml"));
            String artifact = first(ARTIFACT, pom);
            seen.put(artifact, open);
            needed.put(
                    artifact,
                    new LinkedHashSet<>(DEPENDENCY
                            .matcher(pom)
                            .results()
                            .map(match -> match.group(1))
                            .toList()));
        }
        needed.keySet()
                .forEach(artifact -> values.put(
                        "types seen by a user of " + artifact,
                        reached(artifact, needed).stream()
                                .mapToLong(each -> seen.getOrDefault(each, 0L))
                                .sum()));
        List<Path> step = stepFiles(root);
        long lines = 0;
        for (Path file : step) {
            lines += Files.readString(file).lines().count();
        }
        values.put("step files", (long) step.size());
        values.put("lines of step files", lines);
        return new ReaderFigures(values);
    }

    private static List<Path> sources(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".java") && !file.endsWith("package-info.java"))
                    .toList();
        }
    }

    private static boolean isPublic(Path file, String text) {
        String name = String.valueOf(file.getFileName()).replace(".java", "");
        return Pattern.compile(
                        "^public (?:[a-z-]+ )*(?:class|interface|record|enum|@interface) " + name + "\\b",
                        Pattern.MULTILINE)
                .matcher(text)
                .find();
    }

    private static String first(Pattern pattern, String text) {
        return pattern.matcher(text).results().findFirst().orElseThrow().group(1);
    }

    /** Returns an artifact and those that Maven brings with it. */
    private static Set<String> reached(String artifact, Map<String, Set<String>> needed) {
        Set<String> reached = new LinkedHashSet<>(List.of(artifact));
        List<String> open = new ArrayList<>(reached);
        while (!open.isEmpty()) {
            for (String next : needed.getOrDefault(open.remove(0), Set.of())) {
                if (reached.add(next)) {
                    open.add(next);
                }
            }
        }
        return reached;
    }

    private static List<Path> stepFiles(Path root) throws IOException {
        return Files.readString(root.resolve(STEP_FILES))
                .lines()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(root::resolve)
                .toList();
    }

    /** Returns the figures that are more than 5 % above a release's; what that release didn't have is compared with nothing. */
    List<Worse> worseThan(ReaderFigures release) {
        List<Worse> worse = new ArrayList<>();
        values.forEach((name, now) -> {
            Long before = release.values.get(name);
            if (before != null && before > 0 && now > before * (1 + BAR)) {
                worse.add(new Worse(name, before, now));
            }
        });
        return worse;
    }

    /** Returns those worse figures that the changelog's first section, of the coming release, doesn't name. */
    static List<Worse> unnamed(List<Worse> worse, String changelog) {
        int begin = changelog.indexOf("\n## ") + 1;
        int end = changelog.indexOf("\n## ", begin);
        String coming = changelog.substring(begin, end < 0 ? changelog.length() : end);
        return worse.stream()
                .filter(each -> !Pattern.compile("(?<![\\w-])" + Pattern.quote(each.name()) + "(?![\\w/-])")
                        .matcher(coming)
                        .find())
                .toList();
    }

    /** Writes the figures as the tables of the page about the inside. */
    String tables(ReaderFigures release, String since) {
        StringBuilder out = new StringBuilder("| module | lines | types |\n|---|---:|---:|\n");
        values.keySet().stream()
                .filter(name -> name.startsWith("lines of ") && values.containsKey(name.replace("lines", "types")))
                .forEach(name -> out.append(String.format(
                        Locale.ROOT,
                        "| %s | %,d | %,d |%n",
                        name.substring("lines of ".length()),
                        values.get(name),
                        values.get(name.replace("lines", "types")))));
        out.append("\n| what a reader meets | ").append(since).append(" | now |\n|---|---:|---:|\n");
        values.keySet().stream()
                .filter(name -> !name.matches("(lines|types) of .*") || name.equals("lines of step files"))
                .forEach(name -> out.append(String.format(
                        Locale.ROOT,
                        "| %s | %s | %,d |%n",
                        name,
                        release.values.containsKey(name)
                                ? String.format(Locale.ROOT, "%,d", release.values.get(name))
                                : "–",
                        values.get(name))));
        return out.toString().replace(System.lineSeparator(), "\n");
    }

    /** Returns a page with its tables written again. */
    static String withTables(String page, String tables) {
        int begin = page.indexOf(BEGIN) + BEGIN.length();
        return page.substring(0, begin) + "\n" + tables + "\n" + page.substring(page.indexOf(END));
    }

    /**
     * Says at the end of a build what is worse than in the last release; {@code write} makes the page's tables again, {@code release NAME}
     * keeps the present figures as those of a release.
     */
    public static void main(String[] words) throws IOException, InterruptedException {
        Path root = Path.of(System.getProperty("align4j.root"));
        ReaderFigures now = of(root, ModuleFolders.all());
        Release release = Files.exists(root.resolve(FILE)) ? Release.read(root) : new Release("", "", now);
        if (words.length > 1 && words[0].equals("release")) {
            Map<String, Object> document = new LinkedHashMap<>();
            document.put("release", words[1]);
            document.put("commit", String.join("", git(root, "rev-parse", "HEAD")));
            document.put("figures", now.values);
            Files.writeString(
                    root.resolve(FILE),
                    new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(document) + "\n");
        } else if (words.length > 0 && words[0].equals("write")) {
            Path page = root.resolve(PAGE);
            Files.writeString(page, withTables(Files.readString(page), now.tables(release.figures, release.name)));
        } else {
            for (Worse worse : now.worseThan(release.figures)) {
                System.out.println("[WARNING] " + worse.sentence() + " in " + release.name
                        + "; a line of CHANGELOG.md names it. Most were added by:");
                commits(root, release.commit, worse.name()).forEach(line -> System.out.println("[WARNING]   " + line));
            }
        }
    }

    /** Lists the commits since a release that added most lines to what a figure counts; none where there is no history. */
    private static List<String> commits(Path root, String since, String figure)
            throws IOException, InterruptedException {
        List<String> paths =
                new ArrayList<>(List.of("log", "--no-merges", "--numstat", "--format=@%h %s", since + "..HEAD", "--"));
        if (figure.endsWith("step files")) {
            stepFiles(root).forEach(file -> paths.add(root.relativize(file).toString()));
        } else if (figure.startsWith("types seen")) {
            paths.add("*/src/main/java/*");
        } else {
            paths.add(figure.replaceFirst("(lines|types) of ", "") + "/src/main/java");
        }
        Map<String, Long> added = new LinkedHashMap<>();
        String commit = "";
        for (String line : git(root, paths.toArray(String[]::new))) {
            String[] parts = line.split("\t");
            if (line.startsWith("@")) {
                commit = line.substring(1);
            } else if (parts.length == 3 && parts[0].matches("\\d+")) {
                added.merge(commit, Long.parseLong(parts[0]) - Long.parseLong(parts[1]), Long::sum);
            }
        }
        return added.entrySet().stream()
                .filter(each -> each.getValue() > 0)
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                .limit(COMMITS)
                .map(each -> String.format(Locale.ROOT, "%+d lines: %s", each.getValue(), each.getKey()))
                .toList();
    }

    private static List<String> git(Path root, String... words) throws InterruptedException {
        List<String> command = new ArrayList<>(List.of("git", "-C", root.toString()));
        command.addAll(List.of(words));
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            List<String> lines = process.inputReader().lines().toList();
            return process.waitFor() == 0 ? lines : List.of();
        } catch (IOException absent) {
            return List.of(); // an archive of the sources has no history, and a machine may have no git
        }
    }
}
