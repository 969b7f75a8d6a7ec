package org.align4j.testing;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What {@code ./test} starts. */
public final class Main {
    private static final String USAGE = """
            test: runs the tests that a change reaches, nearest first, after compiling what changed (Maven's target/classes stay as they are)

              ./test FILE|CLASS ...       tests whose bytecode reaches these sources, resources or pages; a test class named runs with its long tests
              ./test --changed            those of the files that differ from the last commit, new files included
              ./test --changed --since REF   from another commit
              ./test prose                the tests of prose, counts and sources alone
              ./test mutants FILE|CLASS|FOLDER ...   mutants of these sources that no test which reaches them sees
              ./test mutants --changed    those of the lines that differ
                --list                    lists the chosen tests with their distance, and runs none
                --why TEST                shows the calls that lead from this test to what was named
            """;

    private final Path root;
    private final PrintStream out;
    private final Poms poms;
    private final Build build;

    private Main(Path root, PrintStream out) throws IOException {
        this.root = root;
        this.out = out;
        poms = new Poms(root);
        build = new Build(root, poms);
    }

    /** What was asked for. */
    private record Asked(
            List<String> words, boolean mutants, boolean changed, String since, boolean list, String why) {}

    /** Runs the command; ends the process with 1 if a test fails, 2 if what was given is wrong. */
    public static void main(String[] arguments) throws IOException {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        try {
            Asked asked = parse(arguments);
            if (asked.words().isEmpty() && !asked.changed()) {
                out.print(USAGE);
                System.exit(2);
            }
            Path root =
                    Path.of(System.getProperty("align4j.root")).toAbsolutePath().normalize();
            Path quick = Files.createDirectories(root.resolve("target/quick"));
            // Held until the process ends: another run would change class files under this one's tests.
            FileChannel lock =
                    FileChannel.open(quick.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (lock.tryLock() == null) {
                out.println("test: waiting for another ./test of this checkout");
                lock.lock();
            }
            System.exit(new Main(root, out).run(asked) ? 0 : 1);
        } catch (Build.CompilationException e) {
            out.println("test: " + e.getMessage());
            System.exit(1);
        } catch (IllegalArgumentException e) {
            out.println("test: " + e.getMessage());
            System.exit(2);
        }
    }

    private static Asked parse(String[] arguments) {
        List<String> words = new ArrayList<>();
        boolean changed = false;
        boolean list = false;
        String since = "HEAD";
        String why = "";
        for (int i = 0; i < arguments.length; i++) {
            String word = arguments[i];
            switch (word) {
                case "--changed" -> changed = true;
                case "--list" -> list = true;
                case "--since", "--why" -> {
                    if (i + 1 == arguments.length) {
                        throw new IllegalArgumentException(word + " is given nothing; it needs "
                                + (word.equals("--since") ? "a commit, such as main." : "the name of a test class."));
                    }
                    i++;
                    if (word.equals("--since")) {
                        since = arguments[i];
                        changed = true;
                    } else {
                        why = arguments[i];
                    }
                }
                default -> {
                    if (word.startsWith("-")) {
                        throw new IllegalArgumentException(
                                "there is no option " + word + "; ./test without arguments lists them.");
                    }
                    words.add(word);
                }
            }
        }
        boolean mutants = !words.isEmpty() && words.get(0).equals("mutants");
        return new Asked(mutants ? words.subList(1, words.size()) : words, mutants, changed, since, list, why);
    }

    private boolean run(Asked asked) throws IOException {
        boolean prose = asked.words().equals(List.of("prose"));
        Set<String> given = prose ? Set.of() : files(asked);
        if (!prose && given.isEmpty()) {
            out.println("test: nothing differs from " + asked.since());
            return true;
        }
        long start = System.nanoTime();
        build.update();
        Program program = new Program(root, poms, build);
        Set<String> tests = program.tests();
        if (prose) {
            List<String> chosen = tests.stream()
                    .filter(test -> Rules.QUICK_PROSE.contains(Rules.topLevel(test)))
                    .sorted()
                    .toList();
            return finish(asked, chosen, Set.of(), program, start);
        }
        Map<String, Sources.Source> present = build.sources().all();
        Reaches reaches = Reaches.read(root.resolve("target/quick/reaches"), program, present);
        // A stale test that reached the change before is chosen as it is, and followed anew when its tests have run.
        Set<String> stale = reaches.stale(present, tests);
        Set<String> later = stale.stream()
                .filter(test -> reaches.all().containsKey(test)
                        && given.stream().anyMatch(reaches.all().get(test).sources()::containsKey))
                .collect(Collectors.toSet());
        Set<String> now = new TreeSet<>(stale);
        now.removeAll(later);
        // Who names tests gets these, and nothing else is looked at.
        Set<String> named = tests.stream()
                .filter(test -> given.contains(program.types().get(test).source()))
                .collect(Collectors.toSet());
        boolean only = !asked.changed()
                && named.stream()
                        .map(test -> program.types().get(test).source())
                        .collect(Collectors.toSet())
                        .equals(given);
        if (only) {
            now.retainAll(named);
            later.retainAll(named);
        }
        reaches.follow(program, now);
        Choice choice = Choice.of(given, program, reaches.all(), !only);
        if (!asked.why().isEmpty()) {
            explain(asked, given, program);
            return true;
        }
        if (asked.mutants()) {
            Map<String, Set<Integer>> lines =
                    asked.changed() ? Mutants.changedLines(git("diff", "-U0", asked.since(), "--")) : Map.of();
            Set<String> survivors = new Mutants(root, poms, out).survivors(given, choice.distances(), lines, program);
            reaches.follow(program, later);
            reaches.write(present, tests);
            survivors.forEach(survivor -> out.println("survives  " + survivor));
            return survivors.isEmpty();
        }
        choice.unknown().forEach(file -> out.println("test: no rule knows who reads " + file + ", so everything runs"));
        Set<String> whole = choice.distances().keySet().stream()
                .filter(test -> given.contains(program.types().get(test).source()) && !asked.changed())
                .collect(Collectors.toSet());
        if (asked.list()) {
            choice.distances().forEach((test, distance) -> out.println(distance + "\t" + test.replace('/', '.')));
            choice.readers().forEach(test -> out.println("reads\t" + test.replace('/', '.')));
        }
        out.println("test: " + build.compiled() + " sources compiled, "
                + choice.distances().size() + " test classes reach "
                + shown(given) + ", " + choice.readers().size() + " more read sources or pages or can't be followed, "
                + (tests.size() - choice.tests().size()) + " of " + tests.size() + " left out");
        boolean passed = finish(asked, choice.tests(), whole, program, start);
        reaches.follow(program, later);
        // Those that weren't followed are unknown from now on, so that the next call follows them.
        stale.removeAll(now);
        stale.removeAll(later);
        reaches.all().keySet().removeAll(stale);
        reaches.write(present, tests);
        return passed;
    }

    private boolean finish(Asked asked, List<String> chosen, Set<String> whole, Program program, long start)
            throws IOException {
        if (asked.list()) {
            if (asked.words().equals(List.of("prose"))) {
                chosen.forEach(test -> out.println("reads\t" + test.replace('/', '.')));
            }
            return true;
        }
        out.println(String.format(
                "test: %d classes to run, %.1f s until here; the build runs all, with mvn -B verify",
                chosen.size(), (System.nanoTime() - start) / 1e9));
        return new Runs(root, poms, out).run(chosen, whole, program);
    }

    private static String shown(Set<String> given) {
        String first = given.iterator().next();
        return first.substring(first.lastIndexOf('/') + 1)
                + (given.size() > 1 ? " and " + (given.size() - 1) + " more files" : "");
    }

    private void explain(Asked asked, Set<String> given, Program program) {
        for (String test : program.tests()) {
            if (test.replace('/', '.').endsWith(asked.why())
                    || Rules.topLevel(test).equals(asked.why())) {
                Reach reach = new Reach(program, Names.of(program), test);
                for (String file : given) {
                    out.println(test.replace('/', '.') + " reaches " + file
                            + (reach.sources().containsKey(file) ? " by" : " by no call"));
                    reach.way(file).forEach(call -> out.println("    " + call));
                }
            }
        }
    }

    private Set<String> files(Asked asked) throws IOException {
        Set<String> found = new TreeSet<>();
        if (asked.changed()) {
            found.addAll(git("diff", "--name-only", asked.since(), "--"));
            found.addAll(git("ls-files", "--others", "--exclude-standard"));
        }
        Map<String, Sources.Source> present = build.sources().present(root, poms);
        for (String word : asked.words()) {
            Path path = Path.of(System.getProperty("align4j.from", "."), word)
                    .toAbsolutePath()
                    .normalize();
            if (Files.isRegularFile(path) && path.startsWith(root)) {
                found.add(root.relativize(path).toString().replace('\\', '/'));
                continue;
            }
            if (Files.isDirectory(path) && path.startsWith(root)) {
                String folder = Poms.slashes(root.relativize(path)) + "/";
                present.keySet().stream()
                        .filter(source -> source.startsWith(folder))
                        .forEach(found::add);
                continue;
            }
            String name = word.replace('.', '/') + ".java";
            Set<String> named = new HashSet<>();
            present.keySet().stream()
                    .filter(source -> source.endsWith("/" + name))
                    .forEach(named::add);
            if (named.isEmpty()) {
                throw new IllegalArgumentException(
                        word + " is neither a file of this checkout nor a class of it; give a path or a class's name.");
            }
            found.addAll(named);
        }
        return found;
    }

    private List<String> git(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("git", "-C", root.toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (process.waitFor() != 0) {
                throw new IllegalArgumentException(
                        "git can't say what changed: " + text.strip() + " Give files, or another commit to --since.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("stopped while git was asked", e);
        }
        return text.lines().filter(line -> !line.isBlank()).toList();
    }
}
